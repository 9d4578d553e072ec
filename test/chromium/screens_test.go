package chromium

import (
	"cmp"
	"slices"
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
	page     string // the path of the route of this page, when a plain request does not show it
	signedIn bool   // by a new user
	reach    func(*Tab, rig.User)
	widths   []int64 // nil for all
	linked   bool    // reached only by the link in an email
	state    bool    // another state of a page, not a page of its own
	modal    bool    // a dialog or menu is open and keeps the focus, so the Tab key does not walk the page
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

// screens are the screens that the files of the resources declare.
var screens []screen

// declare adds screens of a resource. Plain pages need no declaration; see pages.
func declare(list ...screen) bool {
	screens = append(screens, list...)
	return true
}

// pages returns a screen for each public page and each page of a user that has no
// parameter and is not the page of a declared screen.
func pages(t testing.TB) []screen {
	t.Helper()
	var plain []screen
	for _, r := range rig.Routes(t) {
		declared := slices.ContainsFunc(screens, func(s screen) bool { return s.page == r.Path })
		if r.Page() && r.In("public", "own") && !declared {
			name := cmp.Or(strings.ReplaceAll(r.Path[1:], "/", " "), "landing")
			plain = append(plain, screen{name: name, signedIn: r.In("own"), reach: just(r.Path)})
		}
	}
	return plain
}

var status422, status404 = []string{"status of 422"}, []string{"status of 404"}
