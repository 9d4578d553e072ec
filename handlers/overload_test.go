package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

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
		clients.Go(func() { repeatRequest(s.URL+"/dashboard", in.cookie("stoa_session"), stop) })
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

// repeatRequest requests the URL again and again until stop is closed.
func repeatRequest(url, session string, stop chan struct{}) {
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
		req.Header.Set("Cookie", "stoa_session="+session)
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
		}
	}
}
