package handlers_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
	"stoa/platform/reports"
	"stoa/platform/reports/reportstest"
)

// broken is a session storage that panics.
type broken struct{}

func (broken) SetWithContext(context.Context, string, []byte, time.Duration) error {
	explode()
	return nil
}

//go:noinline
func explode() { panic("lost") }

func TestPanic_IsA500AndAReportAndTheProcessLives(t *testing.T) {
	t.Parallel()
	tracker := reportstest.Start(t)
	sent, err := reports.New(reports.Config{DSN: tracker.DSN, Release: "stoa@test", Environment: "test"})
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, func(c *settings) { c.gate.Storage, c.transport.Reports = broken{}, sent })
	in, c := s.Register(t, signin.API), s.client(t)
	got := c.post("/login", "/login", url.Values{"email": {in.User.Email}, "password": {domaintest.Password}}, header{"X-Request-ID": "lost-request"})
	wantStatus(t, "a panic", got, 500)
	if strings.Contains(got.body, "explode") || !strings.Contains(got.body, "lost-request") {
		t.Errorf("the page is\n%s\nwant the request id without the stack", got.body)
	}
	wantStatus(t, "the next request", c.send("GET", "/health/live", nil), 200)
	sent.Close(time.Minute)
	events := tracker.Events()
	if len(events) != 1 {
		t.Fatalf("%d reports arrived, want 1", len(events))
	}
	if e := events[0]; e.Tags["request_id"] != "lost-request" || e.Transaction != "POST /login" || !strings.HasSuffix(strings.Join(e.Frames()[:2], " "), ".explode") && !strings.HasSuffix(e.Frames()[0], ".explode") {
		t.Errorf("the report is %+v, its stack %q, want the request id, the route and explode first", e, e.Frames())
	}
}
