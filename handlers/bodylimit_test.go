package handlers_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"stoa/platform/waittest"
)

// A client that closes its connection during a request causes no server error,
// which would alert an operator.
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
		t.Errorf("the request is counted as\n%s\nwant route unmatched and status 400", counted)
	}
}

// The server reads few bodies at a time that are larger than any form. Forms of
// the usual size are not affected.
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
	waittest.Until(t, "a fifth body is refused", func() bool {
		if refused("/api/auth/login", text) {
			return true
		}
		held = append(held, c.begin("/login", "", large)) // replaces a body that arrived after the fifth and was refused
		return false
	})
	if form := (multi{kind: "application/x-www-form-urlencoded", body: text}); !refused("/register", form) || !refused("/nowhere", multi{form.kind, text, true}) {
		t.Error("a large body of another route, or a chunked one, is accepted")
	}
	wantStatus(t, "a body of usual size", c.send("POST", "/api/auth/login", `{"email":"`+strings.Repeat("x", 30<<10)+`"}`), 422)
	wantStatus(t, "a chunked body of usual size", c.send("POST", "/nowhere", multi{"text/plain", strings.Repeat("x", 30<<10), true}), 404)
	in, _ := s.signedIn(t)
	wantStatus(t, "a picture", in.upload(padded(noise(t, 30), large/2), "me.png", "image/png"), 303)
	for _, conn := range held {
		conn.Close()
	}
	waittest.Until(t, "a large body is accepted again", func() bool { return !refused("/api/auth/login", text) })
}
