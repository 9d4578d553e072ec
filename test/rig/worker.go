package rig

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// worker is one of the people of a Load: with a browser in which they are
// signed in, and a program that has their tokens. Beside them is a visitor who
// never signs in.
type worker struct {
	load         *Load
	browser      *Browser
	visitor      *Browser
	api          *API
	user         User
	tokens       Tokens
	unsure       bool // whether the last refresh took place
	acknowledged int  // writes
	sent, wrote  int  // the last bio that was sent, and that was acknowledged
}

func newWorker(t testing.TB, l *Load) *worker {
	t.Helper()
	w := &worker{load: l, visitor: l.app.Browser(t), api: l.app.API(t)}
	w.browser, w.user = l.app.RegisterBrowser(t)
	w.tokens = w.api.Login(w.user)
	return w
}

// round reads and writes, and every few rounds does what people do less often.
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

// read looks at the person's own page, with what they have written last.
func (w *worker) read() {
	w.load.ask(w, &w.browser.client, call{what: "read", method: "GET", path: "/settings/profile", check: func(page string) string {
		if !strings.Contains(page, `"`+w.user.Name+`"`) {
			return "the page is somebody else's"
		}
		if bio := written.FindStringSubmatch(page); w.acknowledged > 0 && (bio == nil || !between(w.wrote, bio[1], w.sent)) {
			return "an acknowledged write is lost"
		}
		return ""
	}}, http.StatusOK)
}

var written = regexp.MustCompile(`>\s*(\d+)</textarea>`)

// visit asks for what only people who are signed in may see.
func (w *worker) visit() {
	w.load.ask(w, &w.visitor.client, call{what: "visit", method: "GET", path: "/dashboard"}, http.StatusSeeOther)
}

func (w *worker) write() {
	if w.tokens.Access == "" {
		return
	}
	w.sent++
	c := call{what: "write", method: "PATCH", path: "/api/users/me", token: w.tokens.Access, body: `{"bio":"` + strconv.Itoa(w.sent) + `"}`}
	if status, _ := w.load.ask(w, &w.api.client, c, http.StatusOK); status == http.StatusOK {
		w.acknowledged, w.wrote = w.acknowledged+1, w.sent
	}
}

func (w *worker) signIn(what, password string, good int) {
	body := `{"email":"` + w.user.Email + `","password":"` + password + `"}`
	status, answer := w.load.ask(w, &w.api.client, call{what: what, method: "POST", path: "/api/auth/login", body: body}, good)
	if status == http.StatusOK {
		w.keep(answer)
	}
}

// refresh goes on with the next tokens. When the answer to a refresh was lost,
// the server may have to end the sign-in at the next one, and the person signs
// in again.
func (w *worker) refresh() {
	if w.tokens.Refresh == "" {
		return
	}
	good := []int{http.StatusOK}
	if w.unsure {
		good = append(good, http.StatusUnauthorized)
	}
	c := call{what: "refresh", method: "POST", path: "/api/auth/refresh", body: `{"refresh_token":"` + w.tokens.Refresh + `"}`}
	status, answer := w.load.ask(w, &w.api.client, c, good...)
	switch w.unsure = status != http.StatusOK; status {
	case http.StatusOK:
		w.keep(answer)
	case http.StatusUnauthorized:
		w.tokens = Tokens{}
	}
}

func (w *worker) keep(answer string) {
	w.tokens, w.unsure = Tokens{}, false
	_ = json.Unmarshal([]byte(answer), &w.tokens) // without tokens the next requests fail
}

// lookUp sees that every acknowledged write has left its entry, and that the
// last one stands, or one of which nobody said whether it took place.
func (w *worker) lookUp(t testing.TB) {
	t.Helper()
	const entries = "SELECT count(*)::int FROM audit_entries JOIN users ON users.id = user_id WHERE event = 'user.updated' AND email = $1"
	if got := Ask[int](t, w.load.app, entries, w.user.Email); got < w.acknowledged {
		t.Errorf("%d writes of %s are there, want the %d acknowledged", got, w.user.Name, w.acknowledged)
	}
	const bio = "SELECT bio FROM users WHERE email = $1"
	if got := Ask[string](t, w.load.app, bio, w.user.Email); w.acknowledged > 0 && !between(w.wrote, got, w.sent) {
		t.Errorf("the bio of %s is %q, want the %d that was acknowledged, or a later one", w.user.Name, got, w.wrote)
	}
}

func between(least int, got string, most int) bool {
	n, err := strconv.Atoi(got)
	return err == nil && least <= n && n <= most
}
