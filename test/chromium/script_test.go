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

// The button shows the password, and the script hides it again before the form is
// sent.
func TestComfort_ShowPassword(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	tab.allow(status422...)
	tab.Open("/login")
	kind := `document.querySelector("[name=password]").type`
	tab.Fill(loginForm, rig.Values{"email": "nobody@example.com", "password": "nine words nobody knows"})
	tab.Click("button=Show password")
	tab.Await("the password to be visible", kind+` === "text"`)
	if got := tab.Value("password"); got != "nine words nobody knows" {
		t.Errorf("the shown password is %q, want the typed one", got)
	}
	tab.Click("button=Hide password")
	tab.Await("the password to be hidden", kind+` === "password"`)
	tab.Click("button=Show password")
	evaluate[bool](tab, `(document.addEventListener("submit", () => document.body.dataset.sentAs = `+kind+`), true)`)
	tab.Replaces(summary, func() { tab.Click(loginForm + " button:not([type=button])") })
	if got := evaluate[string](tab, `document.body.dataset.sentAs`); got != "password" {
		t.Errorf("the password is sent from a field of the type %q, want password: browsers store the values of text fields", got)
	}
}

// The button copies the request id of an error and announces it.
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
	tab.Await("the button to show that it has copied", `document.querySelector(%s).innerText.includes("Copied")`, button)
	tab.Await("the text for screen readers", `[...document.querySelectorAll("[role=status], [aria-live]")].some(e => e.textContent.includes("Copied"))`)
	if got := evaluate[string](tab, `navigator.clipboard.readText()`); got != id || len(id) < 8 {
		t.Errorf("copied %q, want the request id %q", got, id)
	}
	tab.Await("the button to show its label again", `!document.querySelector(%s).innerText.includes("Copied")`, button)
}

// permit grants the site a permission that the browser would ask the user for.
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

// A double click sends a form once.
func TestComfort_Once(t *testing.T) {
	t.Parallel()
	app := shared(t)
	cases := map[string]struct {
		path, button, post string
	}{
		"a fragment": {"/settings/profile", profileForm + " button", "/settings/profile"},
		"a page":     {"/settings/profile", themeForm + " [value=dark]", "/settings/theme"},
		"a sign-out": {"/settings/profile", logoutForm + " button", "/logout"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab, _ := newUser(t, app)
			tab.Open(c.path)
			_, before := tab.count()
			tab.DoubleClick(c.button)
			tab.wait("the response", func() bool {
				for _, r := range tab.since(before) {
					if r.Method == "POST" && r.Finished {
						return true
					}
				}
				return false
			})
			tab.Await("the page to be complete", `document.readyState === "complete" && document.querySelector("[data-sending]") === null`)
			if sent := posts(tab.since(before)); len(sent) != 1 || sent[0] != c.post {
				t.Errorf("two clicks send %v, want %s once", sent, c.post)
			}
		})
	}
}

// After a download the button works again, and the password is gone.
func TestComfort_Download(t *testing.T) {
	t.Parallel()
	tab, user := newUser(t, shared(t))
	tab.Open("/settings/account")
	loads, before := tab.count()
	for range 2 {
		tab.Send(exportForm, rig.Values{"current_password": user.Password})
		tab.Await("the form to be ready again", `(f => !f.dataset.sending && !f.querySelector("[aria-busy]") && f.querySelector("[type=password]").value === "")(document.querySelector(%s))`, exportForm)
	}
	if sent := posts(tab.since(before)); len(sent) != 2 {
		t.Errorf("sent %v, want two exports", sent)
	}
	if now, _ := tab.count(); now != loads {
		t.Error("the download left the page")
	}
}

// A new password counts its characters up to the least length. Screen readers hear it
// when typing pauses.
func TestComfort_PasswordLength(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	tab.Open("/register")
	const shown, heard = `document.getElementById("password-length").textContent === %s`, `document.getElementById("quiet")?.textContent === %s`
	for typed, want := range map[string][2]string{
		"nine 🌿 ch":      {"9 of 12 characters", "9 of 12 characters"},
		"fourteen chars": {"✓ 14 characters", "Long enough: 14 characters"},
	} {
		tab.Fill(registerForm, rig.Values{"password": ""})
		tab.Fill(registerForm, rig.Values{"password": typed})
		tab.Await("the length", shown, want[0])
		tab.Await("the length for screen readers", heard, want[1])
	}
}

// The page counts the characters that are left for the bio.
func TestComfort_Count(t *testing.T) {
	t.Parallel()
	tab, _ := newUser(t, shared(t))
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
	tab.Await("the text for screen readers", `[...document.querySelectorAll("[role=status], [aria-live]")].some(e => e.textContent.includes("too many"))`)
}

// The theme changes at once and permanently, and the page does not flash: the
// server writes the theme into the page.
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
				if raw := evaluate[string](tab, `fetch(location.href).then(r => r.text())`); !strings.Contains(raw, `data-theme="`+theme+`"`) {
					t.Errorf("the page from the server does not have the theme %s", theme)
				}
				if got := evaluate[string](tab, `document.querySelector(%s)?.value ?? ""`, themeForm+" [aria-current]"); got != theme {
					t.Errorf("the switch shows %q, want %s", got, theme)
				}
			}
		})
	}
}

// The page shows a message when the browser has no network.
func TestComfort_Offline(t *testing.T) {
	t.Parallel()
	tab := open(t, shared(t))
	tab.allow("net::ERR_INTERNET_DISCONNECTED", "Failed to fetch")
	tab.Open("/login")
	tab.Fill(loginForm, rig.Values{"email": "ada@example.com", "password": "some password of hers"})
	tab.connected(false)
	tab.awaitMessage("offline")
	tab.Click(loginForm + " button:not([type=button])")
	tab.awaitMessage("Nothing was changed")
	if got := tab.Value("password"); got == "" {
		t.Error("the typed text is lost")
	}
	tab.connected(true)
	tab.awaitMessage("online again")
}

// connected switches the network of the tab on or off.
func (tab *Tab) connected(yes bool) {
	tab.T.Helper()
	call(tab, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: !yes, DownloadThroughput: -1, UploadThroughput: -1}},
	})
	call(tab, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: !yes, DownloadThroughput: -1, UploadThroughput: -1})
}

// The small menu of the kit, which every page may use, closes on Escape and on a
// click elsewhere.
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
	if !evaluate[bool](tab, `document.activeElement.matches("details[data-menu] summary")`) {
		t.Errorf("after Escape the focus is on %s, want the button of the menu", tab.Focused())
	}
	tab.Click("details[data-menu] summary")
	tab.Await("the menu", open)
	tab.Click("h1")
	tab.Await("the menu to close", "!"+open)
}
