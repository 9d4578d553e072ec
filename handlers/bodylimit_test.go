package handlers_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"stoa/platform/waittest"
)

// Who hangs up while sending may not call an operator: it is no error of ours.
func TestBody_ClientHangsUp(t *testing.T) {
	t.Parallel()
	c := start(t).client(t)
	conn := c.begin("/login", "", 1000)
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil { // closes with a reset
		t.Fatal(err)
	}
	conn.Close()
	var counted string
	waittest.Until(t, "the request is counted", func() bool {
		counted = linesWith(c.metrics().body, `requests_total{method="post"`)
		return counted != ""
	})
	if !strings.Contains(counted, `route="unmatched",status="400"`) {
		t.Errorf("counted as\n%s", counted)
	}
}

// Few bodies that are larger than any form are read at a time, and everybody
// who sends a form of usual size notices nothing.
func TestBody_LargeOnesAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := s.client(t)
	const large = 1 << 20
	var held []net.Conn
	for range 2 {
		held = append(held, c.begin("/login", "", large), c.begin("/api/auth/login", "", large))
	}
	refused := func(path string, body any) bool {
		got := c.send("POST", path, body)
		return got.StatusCode == http.StatusServiceUnavailable && got.Header.Get("Retry-After") != ""
	}
	text := `{"email":"` + strings.Repeat("x", large/2) + `"}`
	waittest.Until(t, "a fifth is refused", func() bool {
		if refused("/api/auth/login", text) {
			return true
		}
		held = append(held, c.begin("/login", "", large)) // for one that came later than the fifth
		return false
	})
	if form := (multi{kind: "application/x-www-form-urlencoded", body: text}); !refused("/register", form) || !refused("/nowhere", multi{form.kind, text, true}) {
		t.Error("other addresses, or bodies in pieces, are let in")
	}
	wantStatus(t, "a usual one", c.send("POST", "/api/auth/login", `{"email":"`+strings.Repeat("x", 30<<10)+`"}`), 422)
	wantStatus(t, "a usual one in pieces", c.send("POST", "/nowhere", multi{"text/plain", strings.Repeat("x", 30<<10), true}), 404)
	in, _ := s.newcomer(t)
	wantStatus(t, "a picture", in.upload(padded(noise(t, 30), large/2), "me.png", "image/png"), 303)
	for _, conn := range held {
		conn.Close()
	}
	waittest.Until(t, "there is room again", func() bool { return !refused("/api/auth/login", text) })
}
