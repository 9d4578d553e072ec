package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
	"stoa/platform/pg"
	"stoa/platform/waittest"
)

// Requests beyond the maximum of concurrent requests get 503 with
// Retry-After. Health checks still succeed.
func TestEnter_Overload(t *testing.T) {
	t.Parallel()
	s := start(t)
	in, _ := s.signedIn(t)
	tx, err := s.DB.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }() // has no effect after the rollback below
	// Each request with a session waits for this lock.
	if _, err := tx.Exec(t.Context(), "LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	stop, clients := make(chan struct{}), sync.WaitGroup{}
	for range 300 {
		from := s.client(t).addr
		clients.Go(func() { repeatRequest(s.URL+"/dashboard", from, in.cookie("stoa_session"), stop) })
	}
	other := s.client(t)
	waittest.Until(t, "a request is refused", func() bool {
		got := other.send("GET", "/api/users/me", nil)
		return got.StatusCode == http.StatusServiceUnavailable && strings.Contains(got.body, `"busy"`) && got.Header.Get("Retry-After") != ""
	})
	wantStatus(t, "live", other.send("GET", "/health/live", nil), 200)
	close(stop)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	clients.Wait()
	wantStatus(t, "a request after the overload", other.send("GET", "/api/users/me", nil), 401)
}

// While a row of a user is locked and clients at many IP addresses write to it or
// sign in, they hold a quarter of the connections, and the others are refused with
// 503. Other users are served.
func TestShares_LockedRow(t *testing.T) {
	t.Parallel()
	s := start(t)
	locked := s.Register(t, signin.API)
	other := s.Register(t, signin.API)
	tx, err := s.DB.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }() // has no effect after the rollback below
	if _, err := tx.Exec(t.Context(), "SELECT FROM users WHERE id = $1 FOR UPDATE", locked.User.ID.UUID); err != nil {
		t.Fatal(err)
	}
	refused, writers := make(chan response, 300), sync.WaitGroup{}
	for range 300 { // more than the slots of the server
		writer := s.client(t)
		writers.Go(func() {
			refused <- writer.send("PATCH", "/api/users/me", `{"bio":"in vain"}`, bearer(locked))
		})
	}
	for i := range 20 {
		password, client := domaintest.Password, s.client(t)
		if i%4 == 0 {
			password = "not the password"
		}
		writers.Go(func() {
			client.send("POST", "/api/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, locked.User.Email, password))
		})
	}
	s.Waiting(t, &pg.Tx{Tx: tx}, 2) // of the 10 connections of the pool
	for range 100 {                 // those that may not even wait; until then they may fill all slots of the server
		got := <-refused
		if got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
			t.Fatalf("a write to the locked row = %d %s, want 503 with Retry-After", got.StatusCode, got.body)
		}
	}
	for range 50 {
		wantStatus(t, "a write of another user", s.client(t).send("PATCH", "/api/users/me", `{"bio":"hello"}`, bearer(other)), 200)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	writers.Wait()
	wantStatus(t, "a write after the lock", s.client(t).send("PATCH", "/api/users/me", `{"bio":"at last"}`, bearer(locked)), 200)
}

// repeatRequest requests the URL again and again until stop is closed.
func repeatRequest(url, from, session string, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			panic(err) // the URL is valid
		}
		req.Header.Set("X-Forwarded-For", from)
		req.Header.Set("Cookie", "stoa_session="+session)
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
		}
	}
}
