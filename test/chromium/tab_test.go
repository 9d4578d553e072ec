package chromium

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/css"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"stoa/test/rig"
)

// commandTimeout is the timeout of one command to the browser.
const commandTimeout = rig.Patience

// Tab is a browser tab that shares nothing with other tabs. At the end of a test it
// fails the test for each error, warning, failed load and request to another
// origin that the test has not allowed.
type Tab struct {
	T   testing.TB
	App *rig.App
	*watch
	ctx context.Context
}

// open returns an empty tab of the shell.
func open(t testing.TB, app *rig.App) *Tab {
	t.Helper()
	return openIn(t, shell, app)
}

func openIn(t testing.TB, browser starter, app *rig.App) *Tab {
	t.Helper()
	base, err := url.Parse(app.Base)
	if err != nil {
		t.Fatal(err)
	}
	parent, err := browser()
	if errors.Is(err, errNoChromium) && os.Getenv("CI") == "" { // the other tests still run where Chromium cannot be installed
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	tab := &Tab{T: t, App: app, watch: &watch{host: base.Host}}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext(), chromedp.WithListener(tab.see))
	t.Cleanup(func() {
		cancel()
		for _, sentence := range tab.complaints() {
			t.Error(sentence)
		}
	})
	tab.ctx = ctx
	// Events about the DOM and styles cost time, and no test needs them.
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for _, method := range []string{dom.Disable.Method, css.Disable.Method, audits.Enable.Method} {
			if err := target.Call(ctx, method, cdp.Empty{}, nil); err != nil {
				return err
			}
		}
		return nil
	}))
	call(tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	tab.From(rig.Address())
	tab.Size(1280, 800)
	return tab
}

// newUser returns a tab in which a new user is signed in.
func newUser(t testing.TB, app *rig.App) (*Tab, rig.User) {
	t.Helper()
	return newUserIn(t, shell, app)
}

func newUserIn(t testing.TB, browser starter, app *rig.App) (*Tab, rig.User) {
	t.Helper()
	b, user := app.RegisterBrowser(t)
	tab := openIn(t, browser, app)
	tab.Take(b)
	return tab, user
}

// Take copies the cookies of a rig.Browser to the tab.
func (tab *Tab) Take(b *rig.Browser) {
	tab.T.Helper()
	base, err := url.Parse(tab.App.Base)
	if err != nil {
		tab.T.Fatal(err)
	}
	for _, c := range b.Jar.Cookies(base) {
		tab.Cookie(c.Name, c.Value)
	}
}

// Cookie sets a cookie of the site.
func (tab *Tab) Cookie(name, value string) {
	tab.T.Helper()
	secret := true
	call(tab, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: tab.App.Base, HTTPOnly: &secret, SameSite: network.CookieSameSiteLax})
}

// From sets the IP address of the tab. If it is empty, the tab has the IP address
// of the machine.
func (tab *Tab) From(address string) {
	tab.T.Helper()
	headers := network.Headers{}
	if address != "" {
		headers["X-Forwarded-For"] = address
	}
	call(tab, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: headers})
}

// Theme sets the cookie of the chosen theme.
func (tab *Tab) Theme(theme string) { tab.Cookie("stoa_theme", theme) }

// Size gives the window a width and height in CSS pixels.
func (tab *Tab) Size(width, height int64) {
	tab.T.Helper()
	call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// NoScript switches JavaScript off, as in the settings of the browser.
func (tab *Tab) NoScript() {
	tab.T.Helper()
	call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// Script switches JavaScript on again, for pages that are loaded from now on and
// for the scripts that the test runs on this page.
func (tab *Tab) Script() {
	tab.T.Helper()
	call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{})
}

// Open opens the path and waits until the page has loaded.
func (tab *Tab) Open(path string) {
	tab.T.Helper()
	tab.Follow("the page at "+path, func() { tab.do(chromedp.Navigate(tab.App.Base + path)) })
}

// Follow calls act and waits until another page has loaded.
func (tab *Tab) Follow(what string, act func()) {
	tab.T.Helper()
	before, _ := tab.count()
	act()
	tab.wait(what, func() bool {
		loads, _ := tab.count()
		return loads > before
	})
}

// Path returns the path of the page.
func (tab *Tab) Path() string {
	tab.T.Helper()
	return evaluate[string](tab, `location.pathname`)
}

// At ends the test unless the page has this path.
func (tab *Tab) At(path string) {
	tab.T.Helper()
	if got := tab.Path(); got != path {
		tab.T.Fatalf("at %s, want %s", got, path)
	}
}

// Await waits until the JavaScript expression is true, on this page or a later one.
func (tab *Tab) Await(what, expression string, args ...any) {
	tab.T.Helper()
	script := fill(expression, args)
	tab.wait(what, func() bool {
		holds, err := try[bool](tab, script)
		return err == nil && holds
	})
}

// wait is rig.Await. When it fails, it logs the page of the tab.
func (tab *Tab) wait(what string, holds func() bool) {
	tab.T.Helper()
	held := false
	defer func() {
		if !held {
			where, _ := try[string](tab, `location.href+" "+document.title+"\n"+document.body.innerText.slice(0, 1500)`)
			tab.T.Logf("the tab is at %s\nrecently: %s", where, strings.Join(tab.complaints(), "\n"))
		}
	}()
	rig.Await(tab.T, what, holds)
	held = true
}

// evaluate returns the value of a JavaScript expression. Each %s in it is replaced
// by an argument as JSON.
func evaluate[T any](tab *Tab, expression string, args ...any) T {
	tab.T.Helper()
	value, err := try[T](tab, fill(expression, args))
	if err != nil {
		tab.T.Fatalf("%s: %v", expression, err)
	}
	return value
}

func try[T any](tab *Tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(tab.ctx, commandTimeout)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise, ignoreCSP))
}

// ignoreCSP lets the scripts of the test run despite the Content-Security-Policy,
// which still holds for the scripts of the page.
func ignoreCSP(p *runtime.EvaluateParams) {
	yes := true
	p.AllowUnsafeEvalBlockedByCSP = &yes
}

func fill(expression string, args []any) string {
	if len(args) == 0 {
		return expression
	}
	literals := make([]any, len(args))
	for i, arg := range args {
		raw, err := json.Marshal(arg)
		if err != nil {
			panic(err) // tests pass strings and numbers
		}
		literals[i] = string(raw)
	}
	return fmt.Sprintf(expression, literals...)
}

// do runs an action in the tab.
func (tab *Tab) do(action chromedp.Action[chromedp.Void]) {
	tab.T.Helper()
	// The tab ends with the context of its first action, which thus has no timeout.
	if chromedp.FromContext(tab.ctx).Target == nil {
		if err := chromedp.Do(tab.ctx); err != nil {
			tab.T.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(tab.ctx, commandTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		tab.T.Fatal(err)
	}
}

// call sends a command to the tab and returns the result.
func call[P, R any](tab *Tab, command cdp.Command[P, R], params P) R {
	tab.T.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, commandTimeout)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		tab.T.Fatalf("%s: %v", command.Method, err)
	}
	return result
}
