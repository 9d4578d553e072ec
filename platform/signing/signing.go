// Package signing makes and checks the access tokens (RFC 7519, RFC 9068):
// JWTs signed with Ed25519 keys that lie sealed in the database, so that every
// replica signs and checks with the same ones.
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
	// Lifetime is how long an access token is good for.
	Lifetime = 15 * time.Minute

	// keepRetired is how long a retired key still checks tokens: their
	// lifetime, and some for replicas that learn of the rotation late.
	keepRetired = time.Hour
	// reloadAfter bounds how long a replica signs with a key retired elsewhere.
	reloadAfter = time.Minute
	// maxChecked bounds the tokens remembered as checked; some 200 bytes each.
	maxChecked = 8192
	// unknownKeyPause keeps made-up key ids from costing a query each.
	unknownKeyPause = time.Second

	method    = "EdDSA"
	tokenType = "at+jwt"
)

// ErrInvalid is returned by Check for every token that is not one of ours, or
// is no longer good. Why is in the wrapped error, for the log.
var ErrInvalid = errors.New("access token is not valid")

// Claims are what an access token says.
type Claims struct {
	ID       uuid.UUID // jti
	Subject  uuid.UUID // sub: the person
	IssuedAt time.Time // truncated to seconds
}

// Signer signs and checks access tokens of one issuer and audience.
type Signer struct {
	Config
	queries *db.Queries
	parser  *jwt.Parser
	checked *otter.Cache[[sha256.Size]byte, checked]

	mu           sync.Mutex
	ring         ring
	loaded       time.Time
	failure      error // of the last reading, and when that was
	failed       time.Time
	unknownKeyAt time.Time // when the keys were last read for an unknown key id
}

// Config is what a Signer needs.
type Config struct {
	DB       *pg.DB
	Keys     *secret.Keys // seal the signing keys in the database
	Issuer   string       // claim iss
	Audience string       // claim aud
}

// New returns a Signer. It reads the signing keys, and makes the first one, at
// first use.
func New(c Config) *Signer {
	return &Signer{
		Config: c, queries: db.New(),
		// The algorithm is pinned: a token cannot choose how it is checked
		// (RFC 8725 3.1; ASVS 9.1.2). The time of issue is not held against our
		// clock: it is the database's.
		parser: jwt.NewParser(jwt.WithValidMethods([]string{method}), jwt.WithIssuer(c.Issuer),
			jwt.WithAudience(c.Audience), jwt.WithExpirationRequired(), jwt.WithStrictDecoding()),
		checked: otter.Must(&otter.Options[[sha256.Size]byte, checked]{MaximumSize: maxChecked}),
	}
}

// Sign returns the access token of the claims. The same claims give the same
// token until the key is rotated.
func (s *Signer) Sign(ctx context.Context, c Claims) (string, error) {
	ring, err := s.fresh(ctx, reloadAfter)
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		// One audience is a text, not a list of one (RFC 7519 4.1.3): the form
		// that every client compares rightly.
		"iss": s.Issuer, "aud": s.Audience, "sub": c.Subject.String(), "jti": c.ID.String(),
		"iat": c.IssuedAt.Unix(), "exp": c.IssuedAt.Add(Lifetime).Unix(),
	})
	token.Header["typ"] = tokenType
	token.Header["kid"] = ring.current.kid
	return token.SignedString(ring.current.private)
}

// checked is what a token said whose signature was found right.
type checked struct {
	claims  Claims
	expires time.Time
}

// Check returns what the token says, or ErrInvalid. It does not know of
// revocation: who calls it looks the token's id up.
//
// The same bytes stay rightly signed until they run out, so a signature is
// checked once; it costs more than the rest of a call.
func (s *Signer) Check(ctx context.Context, token string) (Claims, error) {
	if _, err := s.fresh(ctx, reloadAfter); err != nil {
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

func (s *Signer) check(ctx context.Context, token string) (checked, error) {
	var claims jwt.RegisteredClaims
	_, err := s.parser.ParseWithClaims(token, &claims, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if t.Header["typ"] != tokenType {
			return nil, fmt.Errorf("type %v", t.Header["typ"])
		}
		// An extension that must be understood is not (RFC 7515 4.1.11).
		if _, critical := t.Header["crit"]; critical {
			return nil, errors.New("critical extension")
		}
		return s.public(ctx, kid)
	})
	if pg.Unavailable(err) {
		return checked{}, err
	}
	if err == nil && claims.IssuedAt == nil {
		err = errors.New("no time of issue")
	}
	if err != nil {
		return checked{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	id, err1 := uuid.Parse(claims.ID)
	subject, err2 := uuid.Parse(claims.Subject)
	if err := errors.Join(err1, err2); err != nil {
		return checked{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return checked{Claims{ID: id, Subject: subject, IssuedAt: claims.IssuedAt.Time}, claims.ExpiresAt.Time}, nil
}

// public returns the key of that id. For an unknown one the keys are read anew:
// another replica may have made it a moment ago.
func (s *Signer) public(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	known, err := s.fresh(ctx, reloadAfter)
	if err != nil {
		return nil, err
	}
	if known.public[kid] == nil && s.mayReloadForUnknownKey() {
		if known, err = s.fresh(ctx, 0); err != nil {
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
