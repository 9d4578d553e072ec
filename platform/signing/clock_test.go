package signing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"stoa/platform/pg/pgtest"
	"stoa/platform/secret"
	"stoa/platform/signing"
	"stoa/platform/waittest"
)

// The time of issue comes from the database. Its clock differs from ours, and a new
// token must be valid all the same.
func TestCheck_ClocksDiffer(t *testing.T) {
	t.Parallel()
	s, ctx := newSigner(pgtest.DB(t), secret.NewKeys(secret.KeysConfig{Current: keyA})), context.Background()
	for _, ahead := range []time.Duration{-5 * time.Second, time.Second, 5 * time.Second} {
		c := claims()
		c.IssuedAt = c.IssuedAt.Add(ahead)
		token, err := s.Sign(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Check(ctx, token); err != nil {
			t.Errorf("Check of a token issued by a clock %v ahead = %v, want it valid", ahead, err)
		}
	}
}

// A cached token is invalid after it has expired.
func TestCheck_CachedTokenExpires(t *testing.T) {
	t.Parallel()
	s, ctx := newSigner(pgtest.DB(t), secret.NewKeys(secret.KeysConfig{Current: keyA})), context.Background()
	c := claims()
	c.IssuedAt = c.IssuedAt.Add(2*time.Second - signing.Lifetime)
	token, err := s.Sign(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Check(ctx, token); err != nil {
		t.Fatalf("Check of a token that expires in a second = %v", err)
	}
	waittest.Until(t, "a cached token to expire", func() bool {
		_, err := s.Check(ctx, token)
		return errors.Is(err, signing.ErrInvalid)
	})
}
