package chromium

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"stoa/test/rig"
)

// comfort_test.go has what the page's own script adds.

// TestComfort_ShowPassword shows what is typed, and hides it before it is sent.
func TestComfort_ShowPassword(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	tab.allow(status422...)
	tab.Open("/login")
	kind := `document.querySelector("[name=password]").type`
	tab.Fill(loginForm, rig.Values{"email": "nobody@example.com", "password": "nine words nobody knows"})
	tab.Click("button=Show password")
	tab.Await("the password to be seen", kind+` === "text"`)
	if got := tab.Value("password"); got != "nine words nobody knows" {
		t.Errorf("the shown password is %q", got)
	}
	tab.Click("button=Hide password")
	tab.Await("the password to be hidden", kind+` === "password"`)
	tab.Click("button=Show password")
	ask[bool](tab, `(document.addEventListener("submit", () => document.body.dataset.sentAs = `+kind+`), true)`)
	tab.Replaces(summary, func() { tab.Click(loginForm + " button:not([type=button])") })
	if got := ask[string](tab, `document.body.dataset.sentAs`); got != "password" {
		t.Errorf("the password is sent from a field of the type %q, want password: browsers remember texts", got)
	}
}

// TestComfort_Copy copies the request id of an error and says so.
func TestComfort_Copy(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	tab.allow("status of 404")
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		tab.permit(name)
	}
	tab.Open("/nothing-here")
	id := tab.Text("main code")
	button := "main [data-copy]"
	tab.Click(button)
	tab.Await("the button to say so", `document.querySelector(%s).innerText.includes("Copied")`, button)
	tab.Await("a screen reader to be told", `[...document.querySelectorAll("[role=status], [aria-live]")].some(e => e.textContent.includes("Copied"))`)
	if got := ask[string](tab, `navigator.clipboard.readText()`); got != id || len(id) < 8 {
		t.Errorf("copied %q, want the request id %q", got, id)
	}
	tab.Await("the button to be as before", `!document.querySelector(%s).innerText.includes("Copied")`, button)
}

// permit answers the browser's question for a permission with yes.
func (tab *Tab) permit(name string) {
	tab.T.Helper()
	_, err := chromedp.CallBrowser(tab.ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted, Origin: tab.App.Base,
		BrowserContextID: chromedp.FromContext(tab.ctx).BrowserContextID,
	})
	if err != nil {
		tab.T.Fatal(err)
	}
}

// TestComfort_Once clicks twice on what is sent once.
func TestComfort_Once(t *testing.T) {
	t.Parallel()
	app := shared(t)
	cases := map[string]struct {
		path, button, post string
	}{
		"a fragment": {"/settings/profile", profileForm + " button", "/settings/profile"},
		"a page":     {"/settings/profile", themeForm + " [value=dark]", "/settings/theme"},
		"a way out":  {"/settings/profile", logoutForm + " button", "/logout"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab, _ := newcomer(t, app)
			tab.Open(c.path)
			_, before := tab.count()
			tab.DoubleClick(c.button)
			tab.wait("the answer", func() bool {
				for _, r := range tab.since(before) {
					if r.Method == "POST" && r.Finished {
						return true
					}
				}
				return false
			})
			tab.Await("the page to rest", `document.readyState === "complete" && document.querySelector("[data-sending]") === null`)
			if sent := posts(tab.since(before)); len(sent) != 1 || sent[0] != c.post {
				t.Errorf("two clicks send %v, want %s once", sent, c.post)
			}
		})
	}
}

// TestComfort_Count counts down while somebody writes about themselves.
func TestComfort_Count(t *testing.T) {
	t.Parallel()
	tab, _ := newcomer(t, shared(t))
	tab.Open("/settings/profile")
	says := func(words string) {
		t.Helper()
		tab.Await("the count "+words, `document.querySelector("#bio-count").innerText === %s`, words)
	}
	says("2,000 characters left")
	tab.Type("[name=bio]", "👩🏽‍🚀é")
	says("1,995 characters left")
	tab.Type("[name=bio]", strings.Repeat("x", 1999))
	says("1 character left")
	tab.Type("[name=bio]", strings.Repeat("x", 2001))
	says("1 character too many")
	tab.Await("a screen reader to be told", `[...document.querySelectorAll("[role=status], [aria-live]")].some(e => e.textContent.includes("too many"))`)
}

// TestComfort_Theme changes the theme at once, for good, and without a flash:
// the server writes it into the page.
func TestComfort_Theme(t *testing.T) {
	t.Parallel()
	app := shared(t)
	for _, path := range []string{"/docs/api", "/"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			tab := open(t, app)
			tab.Open(path)
			for _, theme := range []string{"dark", "light", "system"} {
				tab.Follow("the page in "+theme, func() { tab.Click(themeForm + ` [value="` + theme + `"]`) })
				tab.At(path)
				tab.Open(path)
				if raw := ask[string](tab, `fetch(location.href).then(r => r.text())`); !strings.Contains(raw, `data-theme="`+theme+`"`) {
					t.Errorf("the page as the server writes it does not have the theme %s", theme)
				}
				if got := ask[string](tab, `document.querySelector(%s)?.value ?? ""`, themeForm+" [aria-current]"); got != theme {
					t.Errorf("the switch stands on %q, want %s", got, theme)
				}
			}
		})
	}
}

// TestComfort_Offline tells somebody that they are not connected.
func TestComfort_Offline(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	tab.allow("net::ERR_INTERNET_DISCONNECTED", "Failed to fetch")
	tab.Open("/login")
	tab.Fill(loginForm, rig.Values{"email": "ada@example.com", "password": "some password of hers"})
	tab.connected(false)
	tab.says("offline")
	tab.Click(loginForm + " button:not([type=button])")
	tab.says("Nothing was changed")
	if got := tab.Value("password"); got == "" {
		t.Error("what was typed is lost")
	}
	tab.connected(true)
	tab.says("online again")
}

// connected plugs the network in, or out.
func (tab *Tab) connected(yes bool) {
	tab.T.Helper()
	call(tab, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: !yes, DownloadThroughput: -1, UploadThroughput: -1}},
	})
	call(tab, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: !yes, DownloadThroughput: -1, UploadThroughput: -1})
}

// TestComfort_Menu closes the kit's small menu, which every page may use.
func TestComfort_Menu(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	tab.Open("/dev/kit")
	open := `document.querySelector("details[data-menu]").open`
	tab.Click("details[data-menu] summary")
	tab.Await("the menu", open)
	tab.Key(kb.Tab)
	tab.Key(kb.Escape)
	tab.Await("the menu to close", "!"+open)
	if !ask[bool](tab, `document.activeElement.matches("details[data-menu] summary")`) {
		t.Errorf("after Escape the focus is on %s, want what opened the menu", tab.Focused())
	}
	tab.Click("details[data-menu] summary")
	tab.Await("the menu", open)
	tab.Click("h1")
	tab.Await("the menu to close", "!"+open)
}
