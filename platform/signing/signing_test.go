package signing_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/secret"
	"stoa/platform/signing"
)

const (
	issuer   = "https://stoa.test"
	audience = "stoa-api"
)

var keyA, keyB = []byte("aaaaaaaaaabbbbbbbbbbccccccccccdd"), []byte("0123456789abcdefghijklmnopqrstuv")

func newSigner(conn *pg.DB, keys *secret.Keys) *signing.Signer {
	return signing.New(signing.Config{DB: conn, Keys: keys, Issuer: issuer, Audience: audience})
}

func claims() signing.Claims {
	return signing.Claims{ID: uuid.New(), Subject: uuid.New(), IssuedAt: time.Now().Truncate(time.Second)}
}

func TestCheck_OwnToken(t *testing.T) {
	t.Parallel()
	s, ctx, want := newSigner(pgtest.New(t).DB, secret.NewKeys(secret.KeysConfig{Current: keyA})), context.Background(), claims()
	token, err := s.Sign(ctx, want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Check(ctx, token)
	if err != nil || got.ID != want.ID || got.Subject != want.Subject || !got.IssuedAt.Equal(want.IssuedAt) {
		t.Errorf("Check(Sign(%v)) = %v, %v", want, got, err)
	}
	if again, _ := s.Sign(ctx, want); again != token {
		t.Error("Sign returned another token for the same claims")
	}
}

func TestCheck_Refused(t *testing.T) {
	t.Parallel()
	conn, ctx := pgtest.New(t).DB, context.Background()
	keys := secret.NewKeys(secret.KeysConfig{Current: keyA})
	s := newSigner(conn, keys)
	valid, err := s.Sign(ctx, claims())
	if err != nil {
		t.Fatal(err)
	}
	jwks, err := s.JWKS(ctx)
	if err != nil {
		t.Fatal(err)
	}
	public, _ := base64.RawURLEncoding.DecodeString(jwks[0].X)
	_, foreign, _ := ed25519.GenerateKey(nil)
	stale := claims()
	stale.IssuedAt = time.Now().Add(-signing.Lifetime - time.Second)
	expired, _ := s.Sign(ctx, stale)
	otherIssuer, _ := signing.New(signing.Config{DB: conn, Keys: keys, Issuer: "https://other.test", Audience: audience}).Sign(ctx, claims())
	otherAudience, _ := signing.New(signing.Config{DB: conn, Keys: keys, Issuer: issuer, Audience: "other"}).Sign(ctx, claims())

	forge := func(method jwt.SigningMethod, kid, typ string, key any) string {
		t.Helper()
		token := jwt.NewWithClaims(method, jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: uuid.NewString(), ID: uuid.NewString(),
			IssuedAt: jwt.NewNumericDate(time.Now()), ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Minute)),
		})
		token.Header["kid"], token.Header["typ"] = kid, typ
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	for name, token := range map[string]string{
		"empty": "", "no token": "a.b.c", "expired": expired, "other issuer": otherIssuer, "other audience": otherAudience,
		"alg none":             forge(jwt.SigningMethodNone, jwks[0].Kid, "at+jwt", jwt.UnsafeAllowNoneSignatureType),
		"HS256 with our key":   forge(jwt.SigningMethodHS256, jwks[0].Kid, "at+jwt", public),
		"foreign key, our kid": forge(jwt.SigningMethodEdDSA, jwks[0].Kid, "at+jwt", foreign),
		"foreign key and kid":  forge(jwt.SigningMethodEdDSA, "mine", "at+jwt", foreign),
		"changed":              valid[:len(valid)-4] + "AAAA",
	} {
		if _, err := s.Check(ctx, token); !errors.Is(err, signing.ErrInvalid) {
			t.Errorf("Check(%s) = %v, want ErrInvalid", name, err)
		}
	}
}

// header returns the part of a token that names its key.
func header(token string) string {
	part, _, _ := strings.Cut(token, ".")
	return part
}

func TestRotate_OldTokensStayValid(t *testing.T) {
	t.Parallel()
	conn, ctx := pgtest.New(t).DB, context.Background()
	keys := secret.NewKeys(secret.KeysConfig{Current: keyA})
	s, replica := newSigner(conn, keys), newSigner(conn, keys)
	old, err := s.Sign(ctx, claims())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := replica.Check(ctx, old); err != nil { // it has loaded the first key only
		t.Fatal(err)
	}
	if err := s.Rotate(ctx); err != nil {
		t.Fatal(err)
	}
	soon, err := s.Sign(ctx, claims())
	if err != nil || header(soon) != header(old) {
		t.Errorf("the new key signs at once (%v): a service with a cached jwks.json does not know it", err)
	}
	if jwks, _ := s.JWKS(ctx); len(jwks) != 2 {
		t.Errorf("JWKS has %d keys, want the new and the retired one", len(jwks))
	}
	if _, err := conn.Exec(ctx, "UPDATE signing_keys SET created_at = created_at - interval '6 minutes'"); err != nil {
		t.Fatal(err)
	}
	next, err := newSigner(conn, keys).Sign(ctx, claims())
	if err != nil || header(next) == header(old) {
		t.Errorf("after six minutes the new key does not sign: %v", err)
	}
	for name, token := range map[string]string{"old": old, "new": next} {
		if _, err := replica.Check(ctx, token); err != nil {
			t.Errorf("another replica's Check(%s) = %v", name, err)
		}
	}
	if jwks, _ := s.JWKS(ctx); len(jwks) != 2 {
		t.Errorf("JWKS has %d keys, want the new and the retired one", len(jwks))
	}
}

func TestSecretKey_RotatedAndLost(t *testing.T) {
	t.Parallel()
	conn, ctx := pgtest.New(t).DB, context.Background()
	old, err := newSigner(conn, secret.NewKeys(secret.KeysConfig{Current: keyA})).Sign(ctx, claims())
	if err != nil {
		t.Fatal(err)
	}
	rotated := newSigner(conn, secret.NewKeys(secret.KeysConfig{Current: keyB, Previous: keyA}))
	if _, err := rotated.Sign(ctx, claims()); err != nil {
		t.Errorf("Sign after SECRET_KEY was rotated: %v", err)
	}
	if jwks, _ := rotated.JWKS(ctx); len(jwks) != 1 {
		t.Errorf("JWKS has %d keys after SECRET_KEY was rotated, want the same one", len(jwks))
	}
	lost := newSigner(conn, secret.NewKeys(secret.KeysConfig{Current: keyB}))
	if _, err := lost.Sign(ctx, claims()); err != nil {
		t.Errorf("Sign after SECRET_KEY was lost: %v", err)
	}
	if _, err := lost.Check(ctx, old); err != nil {
		t.Errorf("Check of a token signed before SECRET_KEY was lost: %v", err)
	}
}

func TestCheck_CachedTokenOfDeletedKey(t *testing.T) {
	t.Parallel()
	conn, ctx := pgtest.New(t).DB, context.Background()
	s := newSigner(conn, secret.NewKeys(secret.KeysConfig{Current: keyA}))
	token, err := s.Sign(ctx, claims())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Check(ctx, token); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Rotate(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, "UPDATE signing_keys SET retired_at = now() - interval '2 hours' WHERE retired_at IS NOT NULL"); err != nil {
		t.Fatal(err)
	}
	if err := s.Rotate(ctx); err != nil { // loads the keys again
		t.Fatal(err)
	}
	if _, err := s.Check(ctx, token); !errors.Is(err, signing.ErrInvalid) {
		t.Errorf("Check of a token of a deleted key = %v, want ErrInvalid", err)
	}
}
