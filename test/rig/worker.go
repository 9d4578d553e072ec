package rig

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// worker is one user of a Load, with a signed-in browser, an API client with
// tokens, and a browser that never signs in.
type worker struct {
	load         *Load
	browser      *Browser
	visitor      *Browser
	api          *API
	user         User
	tokens       Tokens
	unsure       bool // it is unknown whether the last refresh happened
	acknowledged int  // writes
	sent, wrote  int  // numbers of the last bio sent and of the last acknowledged
}

func newWorker(t testing.TB, l *Load) *worker {
	t.Helper()
	w := &worker{load: l, visitor: l.app.Browser(t), api: l.app.API(t)}
	w.browser, w.user = l.app.RegisterBrowser(t)
	w.tokens = w.api.Login(w.user)
	return w
}

// round reads and writes. Every few rounds it signs in or refreshes tokens.
func (w *worker) round(n int) {
	w.read()
	w.write()
	switch n % 20 {
	case 0:
		w.signIn("sign in", w.user.Password, http.StatusOK)
	case 5, 15:
		w.visit()
	case 10:
		w.signIn("wrong password", w.user.Password+"!", http.StatusUnauthorized)
	case 2, 12:
		w.refresh()
	}
}

// read opens the user's own page and expects the bio that was written last.
func (w *worker) read() {
	w.load.do(w, &w.browser.client, call{what: "read", method: "GET", path: "/settings/profile", check: func(page string) string {
		if !strings.Contains(page, `"`+w.user.Name+`"`) {
			return "the page is that of another user"
		}
		if bio := written.FindStringSubmatch(page); w.acknowledged > 0 && (bio == nil || !between(w.wrote, bio[1], w.sent)) {
			return "an acknowledged write is lost"
		}
		return ""
	}}, http.StatusOK)
}

var written = regexp.MustCompile(`>\s*(\d+)</textarea>`)

// visit requests a page for signed-in users without a session.
func (w *worker) visit() {
	w.load.do(w, &w.visitor.client, call{what: "visit", method: "GET", path: "/dashboard"}, http.StatusSeeOther)
}

func (w *worker) write() {
	if w.tokens.Access == "" {
		return
	}
	w.sent++
	c := call{what: "write", method: "PATCH", path: "/api/users/me", token: w.tokens.Access, body: `{"bio":"` + strconv.Itoa(w.sent) + `"}`}
	if status, _ := w.load.do(w, &w.api.client, c, http.StatusOK); status == http.StatusOK {
		w.acknowledged, w.wrote = w.acknowledged+1, w.sent
	}
}

func (w *worker) signIn(what, password string, expected int) {
	body := `{"email":"` + w.user.Email + `","password":"` + password + `"}`
	status, body := w.load.do(w, &w.api.client, call{what: what, method: "POST", path: "/api/auth/login", body: body}, expected)
	if status == http.StatusOK {
		w.keep(body)
	}
}

// refresh rotates the tokens. When the response to a refresh was lost, the server
// may end the token family at the next one; then the user signs in again.
func (w *worker) refresh() {
	if w.tokens.Refresh == "" {
		return
	}
	expected := []int{http.StatusOK}
	if w.unsure {
		expected = append(expected, http.StatusUnauthorized)
	}
	c := call{what: "refresh", method: "POST", path: "/api/auth/refresh", body: `{"refresh_token":"` + w.tokens.Refresh + `"}`}
	status, body := w.load.do(w, &w.api.client, c, expected...)
	switch w.unsure = status != http.StatusOK; status {
	case http.StatusOK:
		w.keep(body)
	case http.StatusUnauthorized:
		w.tokens = Tokens{}
	}
}

func (w *worker) keep(body string) {
	w.tokens, w.unsure = Tokens{}, false
	_ = json.Unmarshal([]byte(body), &w.tokens) // without tokens the next requests fail and are reported
}

// lookUp checks that every acknowledged write has its audit entry, and that the
// stored bio is the last acknowledged one or a later one without a response.
func (w *worker) lookUp(t testing.TB) {
	t.Helper()
	const entries = "SELECT count(*)::int FROM audit_entries JOIN users ON users.id = user_id WHERE event = 'user.updated' AND email = $1"
	if got := Ask[int](t, w.load.app, entries, w.user.Email); got < w.acknowledged {
		t.Errorf("%d writes of %s are stored, want the %d acknowledged", got, w.user.Name, w.acknowledged)
	}
	const bio = "SELECT bio FROM users WHERE email = $1"
	if got := Ask[string](t, w.load.app, bio, w.user.Email); w.acknowledged > 0 && !between(w.wrote, got, w.sent) {
		t.Errorf("the bio of %s is %q, want number %d, which was acknowledged, or a later one", w.user.Name, got, w.wrote)
	}
}

func between(least int, got string, most int) bool {
	n, err := strconv.Atoi(got)
	return err == nil && least <= n && n <= most
}
