package journeys

import (
	"fmt"
	"net/http"
	"stoa/test/rig"
	"strings"
	"testing"
	"time"
)

// A request that a proxy and the program parse differently lets one client's bytes
// become another client's request (request smuggling). Each of these must be
// refused: one response, the connection closed, and no following bytes executed.
func TestWire_SmugglingIsRefused(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	const hidden = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: smuggled-request\r\n\r\n"
	post := "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	get := "GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
	length := fmt.Sprintf("Content-Length: %d\r\n", len(hidden)+5)
	for why, raw := range map[string]string{
		"length and chunks":          post + length + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"chunks and length":          post + "Transfer-Encoding: chunked\r\n" + length + "\r\n0\r\n\r\n" + hidden,
		"unknown coding":             post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
		"identity":                   post + "Transfer-Encoding: identity\r\n\r\n" + hidden,
		"chunked, identity":          post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden,
		"gzip, chunked":              post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + hidden,
		"twice chunked":              post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + hidden,
		"two codings":                post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
		"quoted coding":              post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" + hidden,
		"blank before the colon":     post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
		"length with a blank":        post + "Content-Length : 5\r\n\r\n{}   " + hidden,
		"two lengths":                post + "Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}   " + hidden,
		"list of lengths":            post + "Content-Length: 2, 5\r\n\r\n{}   " + hidden,
		"signed length":              post + "Content-Length: +5\r\n\r\n{}   " + hidden,
		"negative length":            post + "Content-Length: -5\r\n\r\n{}   " + hidden,
		"hexadecimal length":         post + "Content-Length: 0x5\r\n\r\n{}   " + hidden,
		"length in words":            post + "Content-Length: five\r\n\r\n{}   " + hidden,
		"overflowing length":         post + "Content-Length: 18446744073709551621\r\n\r\n{}   " + hidden,
		"two hosts":                  "GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n" + hidden,
		"no host":                    "GET /health/live HTTP/1.1\r\n\r\n" + hidden,
		"folded header":              get + "X-Folded: a\r\n b\r\n\r\n" + hidden,
		"folded coding":              post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + hidden,
		"header without a colon":     get + "Nonsense\r\n\r\n" + hidden,
		"header without a name":      get + ": x\r\n\r\n" + hidden,
		"NUL in a header":            get + "X-Odd: a\x00b\r\n\r\n" + hidden,
		"control in a name":          get + "X\x01Odd: a\r\n\r\n" + hidden,
		"lone CR":                    get + "X-Odd: a\rX-Other: b\r\n\r\n" + hidden,
		"header that ends in LF":     get + "X-Odd: a\nX-Other: b\r\n\r\n" + hidden,
		"coding that ends in LF":     post + "Transfer-Encoding: chunked\n\r\n0\r\n\r\n" + hidden,
		"length behind an LF":        post + "X-Odd: a\nContent-Length: 5\r\n\r\n{}   " + hidden,
		"bad chunk size":             post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n" + hidden,
		"negative chunk":             post + "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n" + hidden,
		"overflowing chunk":          post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff2\r\n{}\r\n0\r\n\r\n" + hidden,
		"chunk longer than its size": post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx\r\n0\r\n\r\n" + hidden,
		"chunk with 0x":              post + "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n" + hidden,
		"version of nothing":         "GET /health/live HTTP/9.9\r\nHost: localhost\r\n\r\n" + hidden,
		"blank in the target":        "GET /health /live HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden,
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			w := app.Wire(t).Send(raw)
			res, body := w.Read()
			if res != nil && (res.StatusCode < 400 || res.StatusCode >= 500) {
				t.Errorf("%d %s, want a 4xx", res.StatusCode, body)
			}
			if more, body := w.Read(); more != nil {
				t.Errorf("a second response: %d %s; the following bytes must not be read", more.StatusCode, body)
			}
		})
	}
}

// Unusual requests that HTTP permits are served.
func TestWire_ChunkedBodiesAreServed(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	w := app.Wire(t)
	for range 2 {
		w.Send("POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
		res, body := w.Read()
		if res == nil || res.StatusCode != 422 || !strings.Contains(body, `"required"`) {
			t.Fatalf("%v %s, want 422 for missing fields", res, body)
		}
	}
}

// checkHeaders checks that a response without a route has the headers of every
// response.
func checkHeaders(t *testing.T, res *http.Response) {
	t.Helper()
	for _, name := range []string{"X-Request-ID", "X-Content-Type-Options", "Content-Security-Policy", "X-Frame-Options", "Referrer-Policy"} {
		if res.Header.Get(name) == "" {
			t.Errorf("%d lacks %s", res.StatusCode, name)
		}
	}
}

func TestWire_HugeHeadersAre431(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for why, header := range map[string]string{
		"one long":  "X-Long: " + strings.Repeat("x", 64<<10) + "\r\n",
		"many":      strings.Repeat("X-Many: 12345678\r\n", 8000),
		"long name": strings.Repeat("N", 64<<10) + ": x\r\n",
		"cookie":    "Cookie: " + strings.Repeat("a=b; ", 16<<10) + "\r\n",
	} {
		// API clients get a page too: the path is unknown without readable headers.
		for _, path := range []string{"/dashboard", "/api/users/me"} {
			res, body := app.Wire(t).Send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n").Read()
			if res == nil {
				t.Errorf("%s: no response, want 431", why)
				continue
			}
			if res.StatusCode != 431 {
				t.Errorf("%s: %d, want 431\n%.200s", why, res.StatusCode, body)
			}
			checkHeaders(t, res)
			if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/html") {
				t.Errorf("%s: Content-Type = %q", why, got)
			}
		}
	}
}

func TestWire_LongTargetIsRefused(t *testing.T) {
	t.Parallel()
	res, _ := rig.Shared(t).Wire(t).Send("GET /" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\nHost: localhost\r\n\r\n").Read()
	if res == nil || res.StatusCode != 431 && res.StatusCode != 414 {
		t.Errorf("%v, want 431 or 414", res)
	}
}

func TestWire_LargeBodiesAre413WithoutBeingRead(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for path, kind := range map[string]string{"/api/auth/login": "application/problem+json", "/login": "text/html"} {
		// Only the headers: the server would wait long for the body.
		res, body := app.Wire(t).Send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2000000000\r\n\r\n").Read()
		if res == nil || res.StatusCode != 413 {
			t.Errorf("%s: %v, want 413", path, res)
			continue
		}
		checkHeaders(t, res)
		if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, kind) {
			t.Errorf("%s: Content-Type = %q, want %s\n%s", path, got, kind, body)
		}
	}
}

func TestWire_LargeChunkedBodyIs413(t *testing.T) {
	t.Parallel()
	w := rig.Shared(t).Wire(t).Send("POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
	for range 40 {
		w.Send("10000\r\n" + strings.Repeat("x", 0x10000) + "\r\n")
	}
	if res, _ := w.Send("0\r\n\r\n").Read(); res != nil && res.StatusCode != 413 {
		t.Errorf("%d, want 413 or a closed connection", res.StatusCode)
	}
}

// An unreadable request is refused in the format of its path, with its own request
// id.
func TestWire_BrokenBodies(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for _, of := range []struct{ path, header, begins string }{
		{"/api/auth/login", "", `{"type":`},
		{"/login", "", "<!doctype html>"},
		{"/login", "HX-Request: true\r\n", "<hx-partial"},
	} {
		for why, broken := range map[string]struct {
			status int
			body   string
		}{
			"no size of a chunk": {400, "ZZ\r\n"},
			"too much":           {413, "200000\r\n" + strings.Repeat("x", 0x180000)},
		} {
			res, body := app.Wire(t).Send("POST " + of.path + " HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: of-the-client\r\n" + of.header + "Transfer-Encoding: chunked\r\n\r\n" + broken.body).Read()
			if res == nil || res.StatusCode != broken.status || !strings.HasPrefix(strings.ToLower(body), of.begins) {
				t.Errorf("%s to %s: %v, want %d and %s\n%.300s", why, of.path, res, broken.status, of.begins, body)
				continue
			}
			if id := res.Header.Get("X-Request-ID"); id != "of-the-client" {
				t.Errorf("%s to %s: X-Request-ID = %q", why, of.path, id)
			}
		}
	}
}

// A client that sends single bytes slowly holds a connection only for a bounded
// time.
func TestWire_SlowClientsAreCut(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for why, start := range map[string]string{
		"headers": "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
		"body":    "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			w := app.Wire(t).Send(start)
			stop := make(chan struct{})
			defer close(stop)
			go drip(w, stop)
			if res, _ := w.Read(); res != nil {
				if res.StatusCode != 408 {
					t.Errorf("%d, want 408 or a closed connection", res.StatusCode)
				}
				checkHeaders(t, res)
				if kind := res.Header.Get("Content-Type"); why == "body" && kind != "application/problem+json" {
					t.Errorf("Content-Type = %q", kind)
				}
			}
			if !w.Closed() {
				t.Error("the connection stays open")
			}
		})
	}
}

// drip sends a byte repeatedly until the test ends.
func drip(w *rig.Wire, stop chan struct{}) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			w.Send("x")
		}
	}
}

// When a request target contains a host, only its path is used.
func TestWire_AddressesComeFromTheSettings(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for _, raw := range []string{
		"GET http://evil.example/dashboard HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"GET /dashboard HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n\r\n",
	} {
		res, body := app.Wire(t).Send(raw).Read()
		if res == nil {
			t.Fatal("no response")
		}
		if all := fmt.Sprint(res.Header) + body; strings.Contains(all, "evil.example") {
			t.Errorf("the response contains the host that the client sent:\n%s", all)
		}
	}
	res, body := app.Wire(t).Send("GET /api/nothing HTTP/1.1\r\nHost: evil.example\r\n\r\n").Read()
	if res == nil || !strings.Contains(body, app.Base) || strings.Contains(body, "evil") {
		t.Errorf("the problem does not link to %s: %s", app.Base, body)
	}
}

// A client that waits for 100 Continue sends no body when that is refused already.
func TestWire_ExpectedBodyBeyondTheLimit(t *testing.T) {
	t.Parallel()
	w := rig.Shared(t).Wire(t).Send("POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n")
	if res, body := w.Read(); res == nil || res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%v %s, want 413 and no 100 before it", res, body)
	}
}

// The absolute form of a request target means the same as its path (RFC 9112 3.2.2).
func TestWire_AbsoluteTarget(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for _, target := range []string{"/settings/profile?tab=1", app.Base + "/settings/profile?tab=1", "http://127.0.0.1/settings/profile?tab=1"} {
		res, _ := app.Wire(t).Send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n").Read()
		if res == nil || res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/login?next=%2Fsettings%2Fprofile%3Ftab%3D1" {
			t.Errorf("GET %s = %v, want the sign-in page with the next page", target, res)
		}
	}
}

// A development server shows every email. A page of another site reaches it when the
// name of its site leads to 127.0.0.1 (DNS rebinding), and sends that name.
func TestWire_DevelopmentServesThisMachineOnly(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for host, want := range map[string]int{"localhost": 200, "stoa.localhost:1": 200, "127.0.0.1": 200, "[::1]:3000": 200, "evil.example": 400, "192.168.1.2": 400, "localhost.evil.example": 400} {
		res, body := app.Wire(t).Send("GET /dev/mail HTTP/1.1\r\nHost: " + host + "\r\n\r\n").Read()
		if res == nil || res.StatusCode != want {
			t.Errorf("Host: %s gets %v, want %d\n%.300s", host, res, want, body)
		}
	}
}
