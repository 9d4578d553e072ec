package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/valyala/fasthttp"

	"stoa/test/rig"
)

const password = "seven brass anchors in a row"

// user has an account, a signed-in browser and tokens.
type user struct {
	email   string
	cookie  string // the session's, as name=value
	access  string
	refresh string
}

// registered counts the accounts that this run has created.
var registered atomic.Int64

func newAddress() string { return fmt.Sprintf("person-%d@example.com", registered.Add(1)) }

// createUsers registers one user per connection with the page's form and signs
// each in over the API as well. It runs a few at a time, because the server
// refuses sign-ins that wait too long for a hash.
func createUsers(t testing.TB, on *rig.App) []user {
	users, errs := make([]user, connections), make([]error, connections)
	room := make(chan struct{}, runtime.NumCPU())
	var all sync.WaitGroup
	for i := range users {
		all.Go(func() {
			room <- struct{}{}
			users[i], errs[i] = createUser(on)
			<-room
		})
	}
	all.Wait()
	if err := first(errs); err != nil {
		t.Fatal(err)
	}
	return users
}

func createUser(on *rig.App) (user, error) {
	one := user{email: newAddress()}
	var err error
	if one.cookie, err = register(on, one.email); err != nil {
		return one, err
	}
	v := signIn(on, one.email)
	if err := v.call(); err != nil {
		return one, err
	}
	one.access, one.refresh, err = tokens(v.resp.Body())
	return one, err
}

// signIn returns a visitor that signs in over the API.
func signIn(on *rig.App, email string) *visitor {
	return newVisitor(on, "POST", "/api/auth/login", "access_token").
		body(fmt.Sprintf(`{"email":%q,"password":%q}`, email, password))
}

// tokens reads a token pair from a response.
func tokens(body []byte) (access, refresh string, err error) {
	var pair struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	err = json.Unmarshal(body, &pair)
	return pair.Access, pair.Refresh, err
}

var csrfField = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

// register submits the form and returns the session cookie.
func register(on *rig.App, email string) (string, error) {
	v := newVisitor(on, "GET", "/register", "_csrf")
	if err := v.call(); err != nil {
		return "", err
	}
	csrf := csrfField.FindSubmatch(v.resp.Body())
	if csrf == nil {
		return "", fmt.Errorf("the form has no CSRF token")
	}
	v.req.Header.Set("Cookie", cookie(v.resp, "stoa_visitor"))
	v.req.Header.SetMethod("POST")
	v.req.Header.SetContentType("application/x-www-form-urlencoded")
	form := v.req.PostArgs()
	form.Set("_csrf", string(csrf[1]))
	form.Set("name", "Ada Lovelace")
	form.Set("email", email)
	form.Set("password", password)
	if err := v.client.Do(v.req, v.resp); err != nil {
		return "", err
	}
	session := cookie(v.resp, "stoa_session")
	if v.resp.StatusCode() != fasthttp.StatusSeeOther || session == "" {
		return "", fmt.Errorf("POST /register: %d %.300s", v.resp.StatusCode(), v.resp.Body())
	}
	return session, nil
}

// cookie returns a cookie that the response sets, as name=value.
func cookie(resp *fasthttp.Response, name string) string {
	var found fasthttp.Cookie
	found.SetKey(name)
	if !resp.Header.Cookie(&found) {
		return ""
	}
	return name + "=" + string(found.Value())
}
