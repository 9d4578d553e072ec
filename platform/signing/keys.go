package signing

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"stoa/db"
	"stoa/platform/pg"
)

const (
	sealPurpose = "signing-key"
	// forever is longer than any key has been retired.
	forever = 100 * 365 * 24 * time.Hour
)

// keySet has the signing keys that a replica has loaded.
type keySet struct {
	current signingKey
	public  map[string]ed25519.PublicKey
	jwks    []JWK
}

type signingKey struct {
	kid     string
	private ed25519.PrivateKey
}

// JWK is a public key in the format of /.well-known/jwks.json (RFC 7517, RFC 8037).
type JWK struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Kid string `json:"kid"`
	Alg string `json:"alg"`
	Use string `json:"use"`
}

// JWKS returns the public keys of all unexpired tokens, the current one first.
func (s *Signer) JWKS(ctx context.Context) ([]JWK, error) {
	keys, err := s.currentKeys(ctx, reloadAfter)
	return keys.jwks, err
}

// Prepare loads the keys when they are older than half of reloadAfter, so that Sign
// does not load them within the next half.
func (s *Signer) Prepare(ctx context.Context) error {
	_, err := s.currentKeys(ctx, reloadAfter/2)
	return err
}

// Rotate retires the current key and creates the next. The retired key signs until
// the next one has been public for announceFor. Tokens of the retired key stay valid
// until they expire.
func (s *Signer) Rotate(ctx context.Context) error {
	err := s.DB.Tx(ctx, func(tx *pg.Tx) error {
		if _, err := s.queries.SigningKeyRetire(ctx, tx); err != nil {
			return err
		}
		return s.insertKey(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("rotate signing key: %w", err)
	}
	_, err = s.currentKeys(ctx, 0)
	return err
}

// Replace deletes all keys in the caller's transaction and creates the next, which
// signs at once. It returns how many it deleted. Other replicas refuse the tokens of
// the deleted keys after reloadAfter.
func (s *Signer) Replace(ctx context.Context, tx *pg.Tx) (int64, error) {
	deleted, err := s.queries.SigningKeyDelete(ctx, tx)
	if err != nil {
		return 0, err
	}
	return deleted, s.insertKey(ctx, tx)
}

// DecryptsAll reports whether there are keys, and SECRET_KEY decrypts all of them,
// retired ones too.
func (s *Signer) DecryptsAll(ctx context.Context) (bool, error) {
	rows, err := s.queries.SigningKeys(ctx, s.DB, db.SigningKeysParams{Keep: forever, Announced: announceFor})
	unreadable := slices.ContainsFunc(rows, func(row db.SigningKeysRow) bool {
		_, err := s.Keys.Open(sealPurpose, row.Sealed, []byte(row.KID))
		return err != nil
	})
	return len(rows) > 0 && !unreadable, err
}

// currentKeys returns the keys. It loads them when they are older than age.
func (s *Signer) currentKeys(ctx context.Context, age time.Duration) (keySet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keySet.current.kid != "" && time.Since(s.loaded) < age {
		return s.keySet, nil
	}
	if s.failure != nil && time.Since(s.failed) < unknownKeyPause {
		return keySet{}, s.failure // calls that waited for the mutex share the error
	}
	next, err := s.loadOrCreate(ctx)
	if err != nil {
		s.failure, s.failed = fmt.Errorf("signing keys: %w", err), time.Now()
		return keySet{}, s.failure
	}
	s.failure = nil
	if !slices.Equal(next.jwks, s.keySet.jwks) {
		s.checked.InvalidateAll() // tokens of a removed key are invalid
	}
	s.keySet, s.loaded = next, time.Now()
	return next, nil
}

// loadOrCreate loads the keys. It creates a key when there is none, or when the
// current one cannot be decrypted because SECRET_KEY was lost.
func (s *Signer) loadOrCreate(ctx context.Context) (keySet, error) {
	next, err := s.load(ctx)
	if err != nil || next.current.kid != "" {
		return next, err
	}
	err = s.DB.Tx(ctx, func(tx *pg.Tx) error {
		if len(next.jwks) > 0 {
			slog.WarnContext(ctx, "the signing key cannot be decrypted with SECRET_KEY: a new one is created")
			if _, err := s.queries.SigningKeyRetire(ctx, tx); err != nil {
				return err
			}
		}
		return s.insertKey(ctx, tx)
	})
	if err != nil {
		return keySet{}, err
	}
	if next, err = s.load(ctx); err == nil && next.current.kid == "" {
		err = fmt.Errorf("none can be decrypted with SECRET_KEY")
	}
	return next, err
}

// load reads the keys, the newest first. The newest signs, unless it is only
// announced and the key before it can sign.
func (s *Signer) load(ctx context.Context) (keySet, error) {
	rows, err := s.queries.SigningKeys(ctx, s.DB, db.SigningKeysParams{Keep: keepRetired, Announced: announceFor})
	if err != nil {
		return keySet{}, err
	}
	r := keySet{public: map[string]ed25519.PublicKey{}}
	announced := false // the key of the row before is
	for _, row := range rows {
		r.public[row.KID] = row.PublicKey
		r.jwks = append(r.jwks, JWK{
			Kty: "OKP", Crv: "Ed25519", X: base64.RawURLEncoding.EncodeToString(row.PublicKey),
			Kid: row.KID, Alg: method, Use: "sig",
		})
		if row.RetiredAt != nil && !announced {
			continue
		}
		seed, err := s.Keys.Open(sealPurpose, row.Sealed, []byte(row.KID))
		if err != nil {
			continue
		}
		r.current = signingKey{row.KID, ed25519.NewKeyFromSeed(seed)}
		announced = row.Announced
	}
	return r, nil
}

// insertKey creates a key, unless another replica has created one first.
func (s *Signer) insertKey(ctx context.Context, tx *pg.Tx) error {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(public)
	kid := base64.RawURLEncoding.EncodeToString(sum[:12])
	sealed, err := s.Keys.Seal(sealPurpose, private.Seed(), []byte(kid))
	if err != nil {
		return err
	}
	_, err = s.queries.SigningKeyInsert(ctx, tx, db.SigningKeyInsertParams{KID: kid, PublicKey: public, Sealed: sealed})
	return err
}
