package signin_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"stoa/domain"
	"stoa/domain/domaintest"
	"stoa/domain/signin"
	"stoa/platform/fair"
	"stoa/platform/fault"
	"stoa/platform/secret"
	"stoa/platform/waittest"
)

// While clients at 100 IP addresses guess without pause and fill the queue of
// password hashes, a browser that was signed in before does not wait for all of them.
func TestSignIn_KnownBrowserInAFlood(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t, func(c *domain.Config) {
		c.Hasher = secret.NewHasher(secret.HasherConfig{Cost: 8})
		c.Rates.Login.Max = 0
	})
	t.Cleanup(d.Hasher.Close)
	user := d.Register(t, signin.Browser).User
	device := d.Signin.Remember("", user.Email)

	var refused, guessed atomic.Int64
	ctx, stop := context.WithCancel(context.Background())
	var clients sync.WaitGroup
	for i := range 100 {
		addr := fmt.Sprintf("203.0.113.%d", i)
		clients.Go(func() {
			for ctx.Err() == nil {
				guess := signin.Credentials{Email: domaintest.Address(), Password: domaintest.Password}
				_, err := d.Signin.SignIn(fair.With(ctx, fair.Client(addr, addr)), domaintest.Visitor(), guess, signin.API)
				if fault.Is(err, fault.Unavailable) {
					refused.Add(1)
				} else {
					guessed.Add(1)
				}
			}
		})
	}
	defer clients.Wait()
	defer stop()
	waittest.Until(t, "a guess to be refused", func() bool { return refused.Load() > 0 })
	// On a busy machine one hash can take longer than a caller waits, so the turns are
	// counted, and the browser tries again.
	before := guessed.Load()
	for {
		_, err := d.Signin.SignIn(fair.With(t.Context(), fair.Client("203.0.113.1", "203.0.113.1")), domaintest.Visitor(),
			signin.Credentials{Email: user.Email, Password: domaintest.Password, Device: device}, signin.Browser)
		waited := guessed.Load() - before
		if waited <= 32 && fault.Is(err, fault.Unavailable) {
			continue
		}
		if err != nil || waited > 32 {
			t.Errorf("SignIn = %v after %d guesses of others, want a session before half of the 64 that wait", err, waited)
		}
		return
	}
}
