package chromium

import (
	"strings"
	"testing"

	"stoa/test/rig"
)

// shared is the server of most tests.
func shared(t testing.TB) *rig.App {
	t.Helper()
	return rig.Shared(t)
}

// The forms, by where they post to.
const (
	registerForm = `form[action="/register"]`
	loginForm    = `form[action="/login"]`
	logoutForm   = `form[action="/logout"]`
	profileForm  = `form[action="/settings/profile"]`
	passwordForm = `form[action="/settings/password"]`
	sessionsForm = `form[action="/settings/sessions/revoke-others"]`
	closeForm    = `form[action="/settings/account/delete"]`
	forgotForm   = `form[action="/forgot-password"]`
	resetForm    = `form[action="/reset-password"]`
	emailForm    = `form[action="/settings/email"]`
	exportForm   = `form[action="/settings/account/export"]`
	useForm      = `#use-form`
	waiting      = `section.waiting`
	themeForm    = `form[action="/settings/theme"]`
	summary      = `[data-errors]`
)

// screen is a page in one of its states.
type screen struct {
	name   string
	person bool // somebody is signed in
	reach  func(*Tab, rig.User)
	widths []int64 // nil for all
	linked bool    // nothing but a link in a letter leads there
	state  bool    // a page in another state, not a page of its own
	allow  []string
}

var everyWidth = []int64{1280, 768, 320}

func just(path string) func(*Tab, rig.User) {
	return func(tab *Tab, _ rig.User) { tab.Open(path) }
}

// refused opens a page and sends what cannot be taken, with a script. The
// browser moves the focus to the summary a moment after it is there.
func refused(path, form string, values rig.Values) func(*Tab, rig.User) {
	return func(tab *Tab, _ rig.User) {
		tab.Open(path)
		tab.Swap(form, values, summary)
		tab.Await("the focus on the summary", summaryFocused, summary)
	}
}

const summaryFocused = `document.activeElement.matches(%s)`

// screens are all pages, and the states that a person gets them into.
var screens = []screen{
	{name: "landing", reach: just("/")},
	{name: "register", reach: just("/register")},
	{name: "login", reach: just("/login")},
	{name: "reference", reach: just("/docs/api")},
	{name: "dashboard", person: true, reach: just("/dashboard")},
	{name: "profile", person: true, reach: just("/settings/profile")},
	{name: "password", person: true, reach: just("/settings/password")},
	{name: "sessions", person: true, reach: withOthers},
	{name: "account", person: true, reach: just("/settings/account")},
	{name: "email", person: true, reach: just("/settings/email")},
	{name: "forgot", reach: just("/forgot-password")},
	{name: "forgot sent", reach: just("/forgot-password/sent")},
	{name: "verify", person: true, linked: true, reach: byLetter(rig.VerifyMail)},
	{name: "reset", person: true, linked: true, reach: resetting},
	{name: "confirm", person: true, linked: true, reach: changing(rig.ConfirmMail)},
	{name: "undo", person: true, linked: true, reach: changing(rig.UndoMail)},
	{name: "dead link", linked: true, reach: just("/reset-password?token=x"), allow: status404},

	{name: "mailbox", reach: mail(""), state: true},
	{name: "mail", person: true, reach: mail("?view=html"), state: true},
	{name: "mail as text", reach: mail("?view=text"), state: true},
	{name: "mail as source", reach: mail("?view=source"), state: true},

	{name: "register refused", reach: refused("/register", registerForm, rig.Values{"name": "", "email": "ada", "password": "short"}), state: true, allow: status422},
	{name: "login refused", reach: refused("/login", loginForm, rig.Values{"email": "nobody@example.com", "password": "not this one"}), state: true, allow: status422},
	{name: "profile refused", person: true, reach: refused("/settings/profile", profileForm, rig.Values{"name": "", "bio": strings.Repeat("word ", 401)}), state: true, allow: status422},
	{name: "profile with a picture", person: true, reach: pictured, state: true},
	{name: "picture refused", person: true, reach: noPicture, state: true, allow: status422},
	{name: "profile saved", person: true, reach: saved, state: true},
	{name: "password refused", person: true, reach: refused("/settings/password", passwordForm, rig.Values{"current_password": "not this one", "password": "short"}), state: true, allow: status422},
	{name: "account refused", person: true, reach: refused("/settings/account", closeForm, rig.Values{"current_password": "not this one"}), state: true, allow: status422},
	{name: "export refused", person: true, reach: exporting, state: true, allow: status422},
	{name: "email refused", person: true, reach: refused("/settings/email", emailForm, rig.Values{"email": "ada", "current_password": "not this one"}), state: true, allow: status422},
	{name: "email waiting", person: true, reach: changing(""), state: true},
	{name: "forgot refused", reach: refused("/forgot-password", forgotForm, rig.Values{"email": "ada"}), state: true, allow: status422},
	{name: "reset refused", person: true, reach: resetRefused, state: true, allow: status422},
	{name: "dead verification", person: true, reach: just("/verify-email?token=x"), state: true, allow: status404},
	{name: "verified", person: true, reach: verified, state: true},
	{name: "only session", person: true, reach: just("/settings/sessions"), state: true},
	{name: "menu open", person: true, reach: menuOpen, widths: []int64{768, 320}, state: true},
	{name: "confirmation open", person: true, reach: confirming, state: true},

	{name: "403", reach: outdated, allow: []string{"status of 403"}},
	{name: "404", reach: just("/nothing-here"), allow: status404},
	{name: "405", reach: just("/logout"), allow: []string{"status of 405"}},
	{name: "413", person: true, reach: tooMuch, allow: []string{"status of 413"}},
	{name: "422", reach: unknownTheme, allow: status422},
}

var status422, status404 = []string{"status of 422"}, []string{"status of 404"}

// withOthers opens the list of sessions of somebody who is signed in elsewhere
// too, in a browser and a program.
func withOthers(tab *Tab, person rig.User) {
	tab.T.Helper()
	tab.App.Browser(tab.T).SignIn(person)
	tab.App.API(tab.T).Login(person)
	tab.Open("/settings/sessions")
}

// mail opens a mail that has just arrived, or the list of all.
func mail(view string) func(*Tab, rig.User) {
	return func(tab *Tab, _ rig.User) {
		tab.T.Helper()
		path := tab.App.Mailed(tab.T, "new_device", "Ada Lovelace")
		if view == "" {
			path = "/dev/mail"
		}
		tab.Open(path + view)
	}
}

func saved(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/settings/profile")
	tab.Swap(profileForm, rig.Values{"name": "Ada Lovelace", "bio": bio}, profileForm)
}

const bio = "# Who\n\nI write **notes** on [engines](https://example.com/engines), with\n\n- care\n- `code`\n\n> and a quotation"

func menuOpen(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/dashboard")
	tab.Click("button=Menu")
	tab.Await("the menu", `document.querySelector(%s).checkVisibility()`, logoutForm+" button")
}

func confirming(tab *Tab, person rig.User) {
	tab.T.Helper()
	withOthers(tab, person)
	tab.Click(sessionsForm + " [data-confirm]")
	tab.Await("the question", `document.querySelector("dialog[open]") !== null`)
}

// outdated sends a form that was opened before somebody signed in.
func outdated(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.NoScript()
	tab.Open("/login")
	b, _ := tab.App.RegisterBrowser(tab.T)
	tab.Take(b)
	tab.Submit(loginForm, rig.Values{"email": "ada@example.com", "password": "an old password"})
	tab.Script()
}

// tooMuch sends more than a mebibyte.
func tooMuch(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.NoScript()
	tab.Open("/settings/profile")
	// In a field that is not drawn: a browser takes minutes to break such a line.
	ask[bool](tab, `(document.querySelector(%s).value = "x".repeat(1200000), true)`, profileForm+" [name=_csrf]")
	tab.Follow("the answer", func() { tab.Click(profileForm + " button") })
	tab.Script()
}

// unknownTheme sends a theme that no page offers.
func unknownTheme(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/")
	ask[bool](tab, `(document.querySelector(%s).value = "sepia", true)`, themeForm+" [value=light]")
	tab.Follow("the answer", func() { tab.Click(themeForm + " [value=sepia]") })
}
