// Package signing makes and checks access tokens (RFC 7519, RFC 9068): JWTs signed
// with Ed25519 keys. The keys are encrypted in the database, so that all replicas
// use the same ones.
package signing

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"

	"stoa/db"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

const (
	// Lifetime is how long an access token is valid.
	Lifetime = 15 * time.Minute

	// keepRetired is how long tokens of a retired key are accepted: their lifetime,
	// and time for replicas that load the new key late.
	keepRetired = time.Hour
	// reloadAfter is how long a replica may sign with a key that another replica has
	// retired.
	reloadAfter = time.Minute
	// announceFor is how long a new key is public before it signs: the max-age of
	// jwks.json, and the time in which replicas load the key. A service that checks
	// tokens with a cached jwks.json then knows the key of each token.
	announceFor = 5*time.Minute + reloadAfter
	// maxChecked is how many checked tokens the cache has, about 200 bytes each.
	maxChecked = 8192
	// unknownKeyPause is the shortest time between two queries for unknown key ids,
	// so that invented key ids do not cost a query each.
	unknownKeyPause = time.Second

	method    = "EdDSA"
	tokenType = "at+jwt"
)

// ErrInvalid is returned by Check for a token that is not one of ours, or has
// expired. It wraps the reason, for the log.
var ErrInvalid = errors.New("access token is not valid")

// Claims are the claims of an access token.
type Claims struct {
	ID       uuid.UUID // jti
	Subject  uuid.UUID // sub: the user
	IssuedAt time.Time // truncated to seconds
}

// Signer signs and checks access tokens of one issuer and audience.
type Signer struct {
	Config
	queries *db.Queries
	parser  *jwt.Parser
	checked *otter.Cache[[sha256.Size]byte, checkedToken]

	mu           sync.Mutex
	keySet       keySet
	loaded       time.Time
	failure      error // of the last attempt to load, at failed
	failed       time.Time
	unknownKeyAt time.Time // when the keys were last loaded for an unknown key id
}

// Config is what a Signer needs.
type Config struct {
	DB       *pg.DB
	Keys     *secret.Keys // seal the signing keys in the database
	Issuer   string       // claim iss
	Audience string       // claim aud
}

// New returns a Signer. The Signer loads the signing keys, or creates the first
// one, at its first use.
func New(c Config) *Signer {
	return &Signer{
		Config: c, queries: db.New(),
		// The algorithm is fixed: a token cannot choose how it is checked (RFC 8725
		// 3.1; ASVS 9.1.2). The time of issue is not compared with our clock, because
		// it comes from the clock of the database.
		parser: jwt.NewParser(jwt.WithValidMethods([]string{method}), jwt.WithIssuer(c.Issuer),
			jwt.WithAudience(c.Audience), jwt.WithExpirationRequired(), jwt.WithStrictDecoding()),
		checked: otter.Must(&otter.Options[[sha256.Size]byte, checkedToken]{MaximumSize: maxChecked}),
	}
}

// Sign returns the access token of the claims. It returns the same token for the
// same claims until the key is rotated.
func (s *Signer) Sign(ctx context.Context, c Claims) (string, error) {
	keys, err := s.currentKeys(ctx, reloadAfter)
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		// A single audience is a string, not a list (RFC 7519 4.1.3): every client
		// compares a string correctly.
		"iss": s.Issuer, "aud": s.Audience, "sub": c.Subject.String(), "jti": c.ID.String(),
		"iat": c.IssuedAt.Unix(), "exp": c.IssuedAt.Add(Lifetime).Unix(),
	})
	token.Header["typ"] = tokenType
	token.Header["kid"] = keys.current.kid
	return token.SignedString(keys.current.private)
}

// checkedToken has the claims of a token with a valid signature.
type checkedToken struct {
	claims  Claims
	expires time.Time
}

// Check returns the claims of the token, or ErrInvalid. It does not check
// revocation: the caller looks up the token's id.
//
// A signature stays valid until the token expires. It is checked once and cached,
// because the check costs more than the rest of a request.
func (s *Signer) Check(ctx context.Context, token string) (Claims, error) {
	if _, err := s.currentKeys(ctx, reloadAfter); err != nil {
		return Claims{}, err
	}
	hash := sha256.Sum256([]byte(token))
	if known, ok := s.checked.GetIfPresent(hash); ok && time.Now().Before(known.expires) {
		return known.claims, nil
	}
	known, err := s.check(ctx, token)
	if err == nil {
		s.checked.Set(hash, known)
	}
	return known.claims, err
}

func (s *Signer) check(ctx context.Context, token string) (checkedToken, error) {
	var claims jwt.RegisteredClaims
	_, err := s.parser.ParseWithClaims(token, &claims, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if t.Header["typ"] != tokenType {
			return nil, fmt.Errorf("type %v", t.Header["typ"])
		}
		// A token with a critical extension is refused, since we support none (RFC
		// 7515 4.1.11).
		if _, critical := t.Header["crit"]; critical {
			return nil, errors.New("critical extension")
		}
		return s.public(ctx, kid)
	})
	if pg.Unavailable(err) {
		return checkedToken{}, err
	}
	if err == nil && claims.IssuedAt == nil {
		err = errors.New("no time of issue")
	}
	if err != nil {
		return checkedToken{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	id, err1 := uuid.Parse(claims.ID)
	subject, err2 := uuid.Parse(claims.Subject)
	if err := errors.Join(err1, err2); err != nil {
		return checkedToken{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return checkedToken{Claims{ID: id, Subject: subject, IssuedAt: claims.IssuedAt.Time}, claims.ExpiresAt.Time}, nil
}

// public returns the key of that id. It loads the keys again for an unknown id:
// another replica may just have created the key.
func (s *Signer) public(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	known, err := s.currentKeys(ctx, reloadAfter)
	if err != nil {
		return nil, err
	}
	if known.public[kid] == nil && s.mayReloadForUnknownKey() {
		if known, err = s.currentKeys(ctx, 0); err != nil {
			return nil, err
		}
	}
	if key := known.public[kid]; key != nil {
		return key, nil
	}
	return nil, errors.New("unknown key id")
}

func (s *Signer) mayReloadForUnknownKey() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.unknownKeyAt) < unknownKeyPause {
		return false
	}
	s.unknownKeyAt = time.Now()
	return true
}
