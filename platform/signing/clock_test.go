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

// The time of issue is the database's, whose clock is never quite ours: a
// token must not be dead on arrival.
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
			t.Errorf("Check of a token issued by a clock %v ahead = %v, want it good", ahead, err)
		}
	}
}

// A token that has been checked before is remembered, but not beyond its end.
func TestCheck_RememberedTokenRunsOut(t *testing.T) {
	t.Parallel()
	s, ctx := newSigner(pgtest.DB(t), secret.NewKeys(secret.KeysConfig{Current: keyA})), context.Background()
	c := claims()
	c.IssuedAt = c.IssuedAt.Add(2*time.Second - signing.Lifetime)
	token, err := s.Sign(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Check(ctx, token); err != nil {
		t.Fatalf("Check of a token that has a second left = %v", err)
	}
	waittest.Until(t, "a remembered token to end", func() bool {
		_, err := s.Check(ctx, token)
		return errors.Is(err, signing.ErrInvalid)
	})
}
