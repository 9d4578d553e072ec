package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"stoa/platform/waittest"
)

// When more ask than can be answered in time, the rest are told to come back,
// and health checks are answered.
func TestEnter_Crowd(t *testing.T) {
	t.Parallel()
	s := start(t)
	in, _ := s.newcomer(t)
	tx, err := s.DB.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }() // of no meaning once rolled back
	// Whoever is signed in waits for their session.
	if _, err := tx.Exec(t.Context(), "LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	enough, crowd := make(chan struct{}), sync.WaitGroup{}
	for range 300 {
		crowd.Go(func() { ask(s.URL+"/dashboard", in.cookie("stoa_session"), enough) })
	}
	call := s.client(t)
	waittest.Until(t, "a call is refused", func() bool {
		got := call.send("GET", "/api/users/me", nil)
		return got.StatusCode == http.StatusServiceUnavailable && strings.Contains(got.body, `"busy"`) && got.Header.Get("Retry-After") != ""
	})
	wantStatus(t, "live", call.send("GET", "/health/live", nil), 200)
	close(enough)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	crowd.Wait()
	wantStatus(t, "a call when the crowd has gone", call.send("GET", "/api/users/me", nil), 401)
}

// ask asks again and again until it is enough.
func ask(url, session string, enough chan struct{}) {
	for {
		select {
		case <-enough:
			return
		default:
		}
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			panic(err) // the URL is ours
		}
		req.Header.Set("Cookie", "stoa_session="+session)
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
		}
	}
}
