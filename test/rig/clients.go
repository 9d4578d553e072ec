package rig

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

var userCount, addresses atomic.Uint32

// Address returns an unused client IP address, so that the limits of one test do
// not affect another.
func Address() string {
	n := addresses.Add(1)
	return fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
}

// User has the data of an account, registered or not.
type User struct{ Name, Email, Password string }

// NewUser returns a user with unused data.
func NewUser() User {
	tag := strings.ToLower(rand.Text()[:8])
	n := userCount.Add(1)
	return User{
		Name:     fmt.Sprintf("Person %d", n),
		Email:    fmt.Sprintf("person-%d-%s@example.com", n, tag),
		Password: "seven brass anchors " + tag,
	}
}

// client is the common part of all clients of an App: an IP address and a
// transport.
type client struct {
	T    testing.TB
	App  *App
	Addr string // X-Forwarded-For; the test is a trusted proxy
	HTTP http.Client
}

func newClient(t testing.TB, a *App) client {
	c := client{T: t, App: a, Addr: Address()}
	c.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.on(a)
	return c
}

// on returns the client connected to another replica.
func (c *client) on(a *App) {
	c.App, c.HTTP.Transport = a, a.HTTP
}

// Edit changes a request before it is sent.
type Edit func(*http.Request)

// With sets a header; an empty value removes it.
func With(name, value string) Edit {
	return func(r *http.Request) {
		if value == "" {
			r.Header.Del(name)
			return
		}
		r.Header.Set(name, value)
	}
}

// jar returns an empty cookie jar.
func jar() *cookiejar.Jar {
	j, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // New returns no errors
	}
	return j
}

// Resolve returns the URL of a path of this server.
func (c *client) Resolve(path string) *url.URL {
	c.T.Helper()
	base, err := url.Parse(c.App.Base)
	if err != nil {
		c.T.Fatal(err)
	}
	u, err := base.Parse(path)
	if err != nil {
		c.T.Fatalf("%q: %v", path, err)
	}
	return u
}
