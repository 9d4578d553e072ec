package journeys

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"stoa/test/rig"
	"strings"
	"sync"
	"testing"
)

var tlsProxy struct {
	sync.Once
	app *rig.App
}

// behindTLS returns a server in production behind a proxy that ends TLS, as nginx
// does, which tests share. Its browsers connect by https.
func behindTLS(t *testing.T) *rig.App {
	t.Helper()
	tlsProxy.Do(func() { tlsProxy.app = startBehindTLS(t) })
	return tlsProxy.app
}

func startBehindTLS(t *testing.T) *rig.App {
	t.Helper()
	var app *rig.App
	proxy := httptest.NewTLSServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: app.Addr})
			r.Out.Host = r.In.Host
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"] // the test's clients set it themselves
			r.Out.Header.Set("X-Forwarded-Proto", "https")
		},
	})
	rig.AtEnd(proxy.Close)
	app = rig.SharedWith(t, rig.Env{"APP_ENV": "production", "BASE_URL": proxy.URL})
	app.HTTP.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, proxy.Listener.Addr().String())
	}
	app.HTTP.DialTLSContext = nil
	app.HTTP.TLSClientConfig = &tls.Config{RootCAs: proxy.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	return app
}

func TestHTTPS_WholeJourneyWithHostCookies(t *testing.T) {
	t.Parallel()
	app := behindTLS(t)
	b, p := app.Browser(t), rig.NewUser()
	b.Open("/register")
	page := b.Send(rig.RegisterForm, rig.Values{"name": p.Name, "email": p.Email, "password": p.Password}).Is(303)
	if page.Cookie("__Host-stoa_session") == nil {
		t.Fatalf("no __Host-stoa_session among %q", page.Header.Values("Set-Cookie"))
	}
	b.Open("/dashboard").At("/dashboard")
	b.Open("/settings/profile")
	b.Submit(rig.ProfileForm, rig.Values{"name": "Ada King"}).At("/settings/profile")
	b.Submit(rig.LogoutForm).Is(200)
	if b.SignedIn() {
		t.Error("still signed in after signing out")
	}
	b.SignIn(p)
}

// Browsers refuse a __Host- cookie without these attributes. Without the prefix
// any host of the domain could set the cookie.
func TestHTTPS_EveryCookieIsSecure(t *testing.T) {
	t.Parallel()
	app := behindTLS(t)
	b, p := app.Browser(t), rig.NewUser()
	pages := []*rig.Page{b.Open("/register"), b.Send(rig.RegisterForm, rig.Values{"name": p.Name, "email": p.Email, "password": p.Password})}
	b.Open("/dashboard")
	pages = append(pages, b.Send(rig.ThemeForm, rig.Values{"theme": "dark"}))
	b.Open("/settings/profile")
	pages = append(pages, b.Send(rig.ProfileForm, rig.Values{"name": "Ada"}), b.Open("/settings/profile"), b.Send(rig.LogoutForm))
	seen := 0
	for _, page := range pages {
		for _, c := range (&http.Response{Header: page.Header}).Cookies() {
			seen++
			named := strings.HasPrefix(c.Name, "__Host-") || c.Name == "stoa_device"
			if !named || !c.Secure || c.Path != "/" || c.Domain != "" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("%s sets %s; want __Host-, Secure, HttpOnly, SameSite=Lax, Path=/ and no Domain", page.Call, c)
			}
		}
	}
	if seen < 4 {
		t.Errorf("only %d cookies seen", seen)
	}
}

func TestHTTPS_PlainCookieOpensNothing(t *testing.T) {
	t.Parallel()
	app := behindTLS(t)
	b, _ := app.RegisterBrowser(t)
	id := b.Cookie("__Host-stoa_session").Value
	if got := app.Browser(t).Fetch("GET", "/dashboard", nil, rig.With("Cookie", "stoa_session="+id)); got.Status != 303 {
		t.Errorf("a session cookie without __Host- is accepted: %d", got.Status)
	}
}
