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

const sealPurpose = "signing-key"

// ring is what a replica knows of the keys at one moment.
type ring struct {
	current signingKey
	public  map[string]ed25519.PublicKey
	jwks    []JWK
}

type signingKey struct {
	kid     string
	private ed25519.PrivateKey
}

// JWK is a public key as /.well-known/jwks.json shows it (RFC 7517, RFC 8037).
type JWK struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Kid string `json:"kid"`
	Alg string `json:"alg"`
	Use string `json:"use"`
}

// JWKS returns the public keys that tokens in use may be signed with, the
// current one first.
func (s *Signer) JWKS(ctx context.Context) ([]JWK, error) {
	ring, err := s.fresh(ctx, reloadAfter)
	return ring.jwks, err
}

// Prepare reads the keys when they are to be read soon, so that Sign does not
// within the next half of reloadAfter.
func (s *Signer) Prepare(ctx context.Context) error {
	_, err := s.fresh(ctx, reloadAfter/2)
	return err
}

// Rotate retires the current key and makes the next. Tokens of the old one
// stay good until they end.
func (s *Signer) Rotate(ctx context.Context) error {
	err := s.DB.Tx(ctx, func(tx *pg.Tx) error {
		if _, err := s.queries.SigningKeyRetire(ctx, tx); err != nil {
			return err
		}
		return s.make(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("rotate signing key: %w", err)
	}
	_, err = s.fresh(ctx, 0)
	return err
}

// fresh returns the ring, read from the database when older than age.
func (s *Signer) fresh(ctx context.Context, age time.Duration) (ring, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ring.current.kid != "" && time.Since(s.loaded) < age {
		return s.ring, nil
	}
	if s.failure != nil && time.Since(s.failed) < unknownKeyPause {
		return ring{}, s.failure // of the one that they all waited for
	}
	next, err := s.read(ctx)
	if err != nil {
		s.failure, s.failed = fmt.Errorf("signing keys: %w", err), time.Now()
		return ring{}, s.failure
	}
	s.failure = nil
	if !slices.Equal(next.jwks, s.ring.jwks) {
		s.checked.InvalidateAll() // a key that is gone vouches for nothing
	}
	s.ring, s.loaded = next, time.Now()
	return next, nil
}

// read opens the keys of the database, making the first when there is none,
// and the next when SECRET_KEY was lost and the current one cannot be opened.
func (s *Signer) read(ctx context.Context) (ring, error) {
	next, err := s.open(ctx)
	if err != nil || next.current.kid != "" {
		return next, err
	}
	err = s.DB.Tx(ctx, func(tx *pg.Tx) error {
		if len(next.jwks) > 0 {
			slog.WarnContext(ctx, "the signing key cannot be opened with SECRET_KEY: a new one is made")
			if _, err := s.queries.SigningKeyRetire(ctx, tx); err != nil {
				return err
			}
		}
		return s.make(ctx, tx)
	})
	if err != nil {
		return ring{}, err
	}
	if next, err = s.open(ctx); err == nil && next.current.kid == "" {
		err = fmt.Errorf("none can be opened with SECRET_KEY")
	}
	return next, err
}

func (s *Signer) open(ctx context.Context) (ring, error) {
	rows, err := s.queries.SigningKeys(ctx, s.DB, keepRetired)
	if err != nil {
		return ring{}, err
	}
	r := ring{public: map[string]ed25519.PublicKey{}}
	for _, row := range rows {
		r.public[row.KID] = row.PublicKey
		r.jwks = append(r.jwks, JWK{
			Kty: "OKP", Crv: "Ed25519", X: base64.RawURLEncoding.EncodeToString(row.PublicKey),
			Kid: row.KID, Alg: method, Use: "sig",
		})
		if row.RetiredAt != nil {
			continue
		}
		if seed, err := s.Keys.Open(sealPurpose, row.Sealed, []byte(row.KID)); err == nil {
			r.current = signingKey{row.KID, ed25519.NewKeyFromSeed(seed)}
		}
	}
	return r, nil
}

// make inserts a new key; one that another replica made first stays.
func (s *Signer) make(ctx context.Context, tx *pg.Tx) error {
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
