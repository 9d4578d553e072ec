package handlers_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gofiber/storage/postgres/v3"
	"github.com/gofiber/template/html/v2"

	"stoa/domain/domaintest"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/handlers"
	"stoa/handlers/gate"
	"stoa/handlers/reference"
	"stoa/handlers/transport"
	"stoa/platform/listener"
	"stoa/platform/metrics"
	"stoa/views"
)

// These tests check refusals of the HTTP layer, over HTTP and in this process.
// Package journeys tests the whole contract with the real binary.

// site is a server on its own port, with a domain and a database.
type site struct {
	*domaintest.Domain
	URL string
}

// Parts that all sites share.
var (
	engine       = sync.OnceValues(func() (*html.Engine, error) { return views.Engine("") })
	apiReference = sync.OnceValues(func() (*reference.Reference, error) {
		pages, err := engine()
		return reference.New(reference.Config{BaseURL: "http://stoa.test", Engine: pages}), err
	})
)

// settings are the settings of a site that a test can change.
type settings struct {
	transport transport.Config
	gate      gate.Config
}

// start serves the site until the test ends. It distinguishes its clients by
// X-Forwarded-For.
func start(t *testing.T, edits ...func(*settings)) *site {
	t.Helper()
	d, counted := domaintest.New(t), metrics.New(metrics.Config{Version: "test"})
	cfg := settings{
		transport.Config{
			BaseURL: &url.URL{Scheme: "http", Host: "stoa.test"}, Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
			Metrics: counted.HTTP,
		},
		gate.Config{
			Storage:  postgres.New(postgres.Config{DB: d.DB.Pool(), Table: "sessions", GCInterval: time.Hour}),
			Sessions: d.Sessions, Keys: d.Keys, Limits: d.Limits,
		},
	}
	for _, edit := range edits {
		edit(&cfg)
	}
	token := metricsToken
	if cfg.transport.Production { // the tests in production need a server without a token
		token = ""
	}
	cfg.gate.Transport = transport.New(cfg.transport)
	g := gate.New(cfg.gate)
	pages, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	described, err := apiReference()
	if err != nil {
		t.Fatal(err)
	}
	app := handlers.NewServer(handlers.Config{
		Gate:       g,
		Domain:     d.Domain,
		Reference:  described,
		Operations: handlers.NewOperations(handlers.OperationsConfig{DB: d.DB, Migrations: fstest.MapFS{}, Jobs: d.Jobs, Transport: g.Transport, Version: "test", Metrics: counted, MetricsToken: token}),
		Views:      pages,
	})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener.New(inner)) }()
	t.Cleanup(func() {
		if err := errors.Join(app.Shutdown(), <-served); err != nil {
			t.Errorf("the server ended: %v", err)
		}
	})
	return &site{d, "http://" + inner.Addr().String()}
}

// client is a browser or an API client with its own IP address.
type client struct {
	*http.Client
	t    *testing.T
	site *site
	addr string
}

func (s *site) client(t *testing.T) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &client{&http.Client{Jar: jar, CheckRedirect: stay, Timeout: time.Minute}, t, s, domaintest.Visitor().Request.Client}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// response is a response with its body.
type response struct {
	*http.Response
	body string
}

// header has additional headers of a request.
type header map[string]string

// send makes one request. It sends url.Values as a form, and a string as JSON.
func (c *client) send(method, path string, body any, headers ...header) response {
	c.t.Helper()
	kind, text, chunked := "", "", false
	switch body := body.(type) {
	case url.Values:
		kind, text = "application/x-www-form-urlencoded", body.Encode()
	case string:
		kind, text = "application/json", body
	case multi:
		kind, text, chunked = body.kind, body.body, body.chunked
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.site.URL+path, strings.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	if chunked {
		req.ContentLength = -1
	}
	req.Header.Set("X-Forwarded-For", c.addr)
	req.Header.Set("Content-Type", kind)
	for _, h := range headers {
		for name, value := range h {
			req.Header.Set(name, value)
		}
	}
	res, err := c.Do(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return response{res, string(read)}
}

var tokenField = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

// token returns the CSRF token of a page's forms.
func (c *client) token(path string) string {
	c.t.Helper()
	page := c.send("GET", path, nil)
	match := tokenField.FindStringSubmatch(page.body)
	if match == nil {
		c.t.Fatalf("GET %s = %d without a token", path, page.StatusCode)
	}
	return match[1]
}

// post sends a form with the token that its page has.
func (c *client) post(page, path string, form url.Values, headers ...header) response {
	c.t.Helper()
	form.Set("_csrf", c.token(page))
	return c.send("POST", path, form, headers...)
}

// signedIn returns a browser in which a new user is signed in.
func (s *site) signedIn(t *testing.T) (*client, scope.User) {
	t.Helper()
	c, in := s.client(t), s.Register(t, signin.Browser)
	c.Jar.SetCookies(c.origin(), []*http.Cookie{{Name: "stoa_session", Value: in.Session.Token}})
	return c, in.User
}

func (c *client) origin() *url.URL {
	c.t.Helper()
	u, err := url.Parse(c.site.URL)
	if err != nil {
		c.t.Fatal(err)
	}
	return u
}

// cookie returns the value of the browser's cookie.
func (c *client) cookie(name string) string {
	c.t.Helper()
	for _, cookie := range c.Jar.Cookies(c.origin()) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	c.t.Fatalf("the browser has no cookie %s", name)
	return ""
}

// name returns the user's name in the database.
func (s *site) name(t *testing.T, p scope.User) string {
	t.Helper()
	var name string
	if err := s.DB.QueryRow(context.Background(), "SELECT name FROM users WHERE id = $1", p.ID.UUID).Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

// wantStatus fails the test unless the response has the status.
func wantStatus(t *testing.T, what string, got response, status int) {
	t.Helper()
	if got.StatusCode != status {
		t.Errorf("%s = %d, want %d\n%.300s", what, got.StatusCode, status, got.body)
	}
}
