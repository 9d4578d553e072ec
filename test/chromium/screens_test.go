package chromium

import (
	"strings"
	"testing"

	"stoa/test/rig"
)

// shared returns the server that most tests share.
func shared(t testing.TB) *rig.App {
	t.Helper()
	return rig.Shared(t)
}

// The forms, by the paths they post to.
const (
	registerForm = `form[action="/register"]`
	loginForm    = `form[action="/login"]`
	logoutForm   = `form[action="/logout"]`
	profileForm  = `form[action="/settings/profile"]`
	passwordForm = `form[action="/settings/password"]`
	sessionsForm = `form[action="/settings/sessions/revoke-others"]`
	deleteForm   = `form[action="/settings/account/delete"]`
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
	name     string
	signedIn bool // by a new user
	reach    func(*Tab, rig.User)
	widths   []int64 // nil for all
	linked   bool    // reached only by the link in an email
	state    bool    // another state of a page, not a page of its own
	allow    []string
}

var everyWidth = []int64{1280, 768, 320}

func just(path string) func(*Tab, rig.User) {
	return func(tab *Tab, _ rig.User) { tab.Open(path) }
}

// refused opens a page and sends invalid values, with JavaScript. The browser moves
// the focus to the summary a moment after it appears.
func refused(path, form string, values rig.Values) func(*Tab, rig.User) {
	return func(tab *Tab, _ rig.User) {
		tab.Open(path)
		tab.Swap(form, values, summary)
		tab.Await("the focus on the summary", summaryFocused, summary)
	}
}

const summaryFocused = `document.activeElement.matches(%s)`

// screens are all pages, and the other states of pages.
var screens = []screen{
	{name: "landing", reach: just("/")},
	{name: "register", reach: just("/register")},
	{name: "login", reach: just("/login")},
	{name: "reference", reach: just("/docs/api")},
	{name: "dashboard", signedIn: true, reach: just("/dashboard")},
	{name: "profile", signedIn: true, reach: just("/settings/profile")},
	{name: "password", signedIn: true, reach: just("/settings/password")},
	{name: "sessions", signedIn: true, reach: withOthers},
	{name: "account", signedIn: true, reach: just("/settings/account")},
	{name: "email", signedIn: true, reach: just("/settings/email")},
	{name: "forgot", reach: just("/forgot-password")},
	{name: "forgot sent", reach: just("/forgot-password/sent")},
	{name: "verify", signedIn: true, linked: true, reach: byEmail(rig.VerifyMail)},
	{name: "reset", signedIn: true, linked: true, reach: resetting},
	{name: "confirm", signedIn: true, linked: true, reach: changing(rig.ConfirmMail)},
	{name: "undo", signedIn: true, linked: true, reach: changing(rig.UndoMail)},
	{name: "dead link", linked: true, reach: just("/reset-password?token=x"), allow: status404},

	{name: "mailbox", reach: mail(""), state: true},
	{name: "mail", signedIn: true, reach: mail("?view=html"), state: true},
	{name: "mail as text", reach: mail("?view=text"), state: true},
	{name: "mail as source", reach: mail("?view=source"), state: true},

	{name: "register refused", reach: refused("/register", registerForm, rig.Values{"name": "", "email": "ada", "password": "short"}), state: true, allow: status422},
	{name: "login refused", reach: refused("/login", loginForm, rig.Values{"email": "nobody@example.com", "password": "not this one"}), state: true, allow: status422},
	{name: "profile refused", signedIn: true, reach: refused("/settings/profile", profileForm, rig.Values{"name": "", "bio": strings.Repeat("word ", 401)}), state: true, allow: status422},
	{name: "profile with a picture", signedIn: true, reach: withPicture, state: true},
	{name: "picture refused", signedIn: true, reach: noPicture, state: true, allow: status422},
	{name: "profile saved", signedIn: true, reach: saved, state: true},
	{name: "password refused", signedIn: true, reach: refused("/settings/password", passwordForm, rig.Values{"current_password": "not this one", "password": "short"}), state: true, allow: status422},
	{name: "account refused", signedIn: true, reach: refused("/settings/account", deleteForm, rig.Values{"current_password": "not this one"}), state: true, allow: status422},
	{name: "export refused", signedIn: true, reach: exporting, state: true, allow: status422},
	{name: "email refused", signedIn: true, reach: refused("/settings/email", emailForm, rig.Values{"email": "ada", "current_password": "not this one"}), state: true, allow: status422},
	{name: "email waiting", signedIn: true, reach: changing(""), state: true},
	{name: "forgot refused", reach: refused("/forgot-password", forgotForm, rig.Values{"email": "ada"}), state: true, allow: status422},
	{name: "reset refused", signedIn: true, reach: resetRefused, state: true, allow: status422},
	{name: "dead verification", signedIn: true, reach: just("/verify-email?token=x"), state: true, allow: status404},
	{name: "verified", signedIn: true, reach: verified, state: true},
	{name: "only session", signedIn: true, reach: just("/settings/sessions"), state: true},
	{name: "menu open", signedIn: true, reach: menuOpen, widths: []int64{768, 320}, state: true},
	{name: "confirmation open", signedIn: true, reach: confirming, state: true},

	{name: "403", reach: outdated, allow: []string{"status of 403"}},
	{name: "404", reach: just("/nothing-here"), allow: status404},
	{name: "405", reach: just("/logout"), allow: []string{"status of 405"}},
	{name: "413", signedIn: true, reach: tooMuch, allow: []string{"status of 413"}},
	{name: "422", reach: unknownTheme, allow: status422},
}

var status422, status404 = []string{"status of 422"}, []string{"status of 404"}

// withOthers opens the list of sessions of a user who is also signed in in another
// browser and in an API client.
func withOthers(tab *Tab, user rig.User) {
	tab.T.Helper()
	tab.App.Browser(tab.T).SignIn(user)
	tab.App.API(tab.T).Login(user)
	tab.Open("/settings/sessions")
}

// mail opens a new email, or the list of all when view is empty.
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

func confirming(tab *Tab, user rig.User) {
	tab.T.Helper()
	withOthers(tab, user)
	tab.Click(sessionsForm + " [data-confirm]")
	tab.Await("the dialog", `document.querySelector("dialog[open]") !== null`)
}

// outdated sends a form that was opened before the user signed in.
func outdated(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.NoScript()
	tab.Open("/login")
	b, _ := tab.App.RegisterBrowser(tab.T)
	tab.Take(b)
	tab.Submit(loginForm, rig.Values{"email": "ada@example.com", "password": "an old password"})
	tab.Script()
}

// tooMuch sends a form of more than a mebibyte.
func tooMuch(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.NoScript()
	tab.Open("/settings/profile")
	// In a hidden field: a browser takes minutes to wrap such a line.
	evaluate[bool](tab, `(document.querySelector(%s).value = "x".repeat(1200000), true)`, profileForm+" [name=_csrf]")
	tab.Follow("the response", func() { tab.Click(profileForm + " button") })
	tab.Script()
}

// unknownTheme sends a theme that does not exist.
func unknownTheme(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/")
	evaluate[bool](tab, `(document.querySelector(%s).value = "sepia", true)`, themeForm+" [value=light]")
	tab.Follow("the response", func() { tab.Click(themeForm + " [value=sepia]") })
}
