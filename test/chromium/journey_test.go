package chromium

import (
	"strings"
	"testing"

	"stoa/test/rig"
)

// person_test.go has the whole way of one person through the program. It is
// walked twice, with a script and without one, by the same steps: what differs
// is only how an answer arrives.

// walker is a tab on that way.
type walker struct {
	*Tab
	script bool
	person rig.User
}

func TestPerson(t *testing.T) {
	t.Parallel()
	app := shared(t)
	for name, script := range map[string]bool{"script": true, "no script": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &walker{Tab: open(t, app), script: script, person: rig.NewUser()}
			w.allow(status422...)
			if !script {
				w.NoScript()
			}
			w.walks()
		})
	}
}

// walks goes the whole way.
func (w *walker) walks() {
	w.registers()
	w.verifies()
	w.writesProfile()
	w.showsPicture()
	w.settles()
	w.changesEmail()
	w.signsOut()
	w.forgets()
	w.returns()
	w.leaves()
}

// settles goes through the settings behind the profile that need no letter.
func (w *walker) settles() {
	w.changesPassword()
	w.endsOthers()
	w.choosesTheme()
}

func (w *walker) signsOut() {
	w.Follow("the way out", func() { w.Click(logoutForm + " button") })
	w.At("/login")
	w.says("signed out")
}

// refused sends a form that is answered by the same form with what was wrong.
// Of what was typed all is kept, but no password.
func (w *walker) refused(form string, values rig.Values, at ...string) {
	w.T.Helper()
	path := w.Path()
	if w.script {
		w.Swap(form, values, summary)
	} else {
		path = ask[string](w.Tab, `new URL(document.querySelector(%s).action).pathname`, form)
		w.Submit(form, values)
	}
	w.At(path)
	if title := ask[string](w.Tab, `document.title`); !strings.HasPrefix(title, "Error: ") {
		w.T.Errorf("%s: title %q, want it to begin with \"Error: \"", form, title)
	}
	var wrong []string
	for _, name := range ask[[]string](w.Tab, `[...document.querySelectorAll("[aria-invalid=true]")].map(e => e.name)`) {
		wrong = append(wrong, name)
		words := `(e => e.getAttribute("aria-describedby").split(" ").some(id => document.getElementById(id)?.innerText.startsWith("Error:")))(document.querySelector(%s))`
		if !ask[bool](w.Tab, words, form+` [name="`+name+`"]`) {
			w.T.Errorf("%s: the error of %s is not tied to its field", form, name)
		}
	}
	if strings.Join(wrong, " ") != strings.Join(at, " ") {
		w.T.Fatalf("%s: errors at %q, want %q; the page says %q", form, wrong, at, w.Text("main"))
	}
	for name, typed := range values {
		if strings.Contains(name, "password") {
			typed = ""
		}
		if got := ask[string](w.Tab, `document.querySelector(%s).value`, form+` [name="`+name+`"]`); name != "remember" && got != typed {
			w.T.Errorf("%s: after the refusal %s holds %q, want %q", form, name, got, typed)
		}
	}
}

// sends sends a form whose answer is another page, with or without a script.
func (w *walker) sends(form string, values rig.Values, path string) {
	w.T.Helper()
	w.Submit(form, values)
	w.At(path)
}

// saves sends a form that is answered by itself, saved, and a message.
func (w *walker) saves(form string, values rig.Values, message string) {
	w.T.Helper()
	if w.script {
		w.Swap(form, values, form)
	} else {
		w.Submit(form, values)
	}
	w.says(message)
}

func (w *walker) registers() {
	w.Open("/")
	w.Follow("the registration", func() { w.Click("link=Create an account") })
	w.At("/register")
	w.managed(map[string]string{"email": "username", "password": "new-password", "name": "name"})
	w.refused(registerForm, rig.Values{"name": "", "email": "ada", "password": "short"}, "name", "email", "password")
	w.refused(registerForm, rig.Values{"name": w.person.Name, "email": w.person.Email, "password": "password1234"}, "password")
	w.sends(registerForm, rig.Values{"password": w.person.Password}, "/dashboard")
	if got := w.Text("main"); !strings.Contains(got, w.person.Email) {
		w.T.Errorf("the dashboard of %s says %q", w.person.Email, got)
	}
}

func (w *walker) writesProfile() {
	w.Follow("the settings", func() { w.Click("link=Settings") })
	w.At("/settings/profile")
	w.refused(profileForm, rig.Values{"name": "", "bio": "Some **words**"}, "name")
	w.refused(profileForm, rig.Values{"name": "Ada", "bio": strings.Repeat("é", 2001)}, "bio")
	w.saves(profileForm, rig.Values{"name": "Ada <b>King</b>", "bio": "Some **words**\n\nand [a link](https://example.com/)"}, "saved")
	if got := w.Text(".prose strong"); got != "words" {
		w.T.Errorf("the bold part of the bio is %q, want words", got)
	}
	if got := w.Text("#viewer strong"); got != "Ada <b>King</b>" {
		w.T.Errorf("the sidebar calls the person %q", got)
	}
}

// showsPicture uploads what is no picture, then one, and takes it away again.
func (w *walker) showsPicture() {
	w.At("/settings/profile")
	field := avatarForm + " [type=file]"
	w.Choose(field, []byte("no picture"))
	w.refused(avatarForm, nil, "avatar")
	if w.script {
		w.Open("/settings/profile")
	}
	w.Choose(field, picture(w.Tab))
	w.saves("#picture", nil, "picture is saved")
	w.hasPicture(true)
	w.presses("#avatar-remove", "#picture")
	w.says("picture is removed")
	w.hasPicture(false)
}

// presses presses a button whose answer replaces a part of the page, or with no
// script the page.
func (w *walker) presses(button, part string) {
	w.T.Helper()
	if w.script {
		w.Replaces(part, func() { w.Click(button) })
		return
	}
	w.Follow("the answer", func() { w.Click(button) })
}

func (w *walker) changesPassword() {
	w.Follow("the password", func() { w.Click("link=Password") })
	w.managed(map[string]string{"current_password": "current-password", "password": "new-password"})
	w.remembersName(passwordForm)
	next := "a " + w.person.Password
	w.refused(passwordForm, rig.Values{"current_password": "not this one", "password": next}, "current_password")
	w.refused(passwordForm, rig.Values{"current_password": w.person.Password, "password": "short"}, "password")
	w.sends(passwordForm, rig.Values{"current_password": w.person.Password, "password": next}, "/settings/password")
	w.says("password is changed")
	w.person.Password = next
}

// endsOthers ends one other session, then all the others.
func (w *walker) endsOthers() {
	others := []*rig.Browser{w.App.Browser(w.T), w.App.Browser(w.T), w.App.Browser(w.T)}
	for _, b := range others {
		b.SignIn(w.person)
	}
	w.Follow("the sessions", func() { w.Click("link=Sessions") })
	if got := w.rows(); got != 4 {
		w.T.Fatalf("%d sessions are listed, want 4", got)
	}
	if got := w.Text("tbody tr:first-child"); !strings.Contains(got, "This device") {
		w.T.Errorf("the first session is %q, want this device", got)
	}
	w.acts(sessionsForm+` [formaction$="/revoke"]`, "signed out", 3)
	w.acts(sessionsForm+` [data-confirm]`, "signed out", 1)
	for i, b := range others {
		if b.SignedIn() {
			w.T.Errorf("browser %d is signed in after all others were signed out", i+1)
		}
	}
}

func (w *walker) rows() int {
	w.T.Helper()
	return ask[int](w.Tab, `document.querySelectorAll("tbody tr").length`)
}

// acts presses a button of the list, agrees if it asks, and waits for the list
// with so many rows.
func (w *walker) acts(button, message string, rows int) {
	w.T.Helper()
	if !w.script {
		w.Follow("the list", func() { w.Click(button) })
	} else {
		w.Replaces(sessionsForm, func() {
			asks := ask[bool](w.Tab, `document.querySelector(%s).matches("[data-confirm]")`, button)
			w.Click(button)
			if asks {
				w.Click("dialog[open] [value=yes]")
			}
		})
	}
	w.says(message)
	if got := w.rows(); got != rows {
		w.T.Fatalf("%d sessions are listed, want %d", got, rows)
	}
}

// choosesTheme takes each theme and stays on the page.
func (w *walker) choosesTheme() {
	for _, theme := range []string{"dark", "light"} {
		w.Follow("the page in "+theme, func() { w.Click(themeForm + ` [value="` + theme + `"]`) })
		w.At("/settings/sessions")
		if got := ask[string](w.Tab, `document.documentElement.dataset.theme`); got != theme {
			w.T.Errorf("the theme is %q, want %q", got, theme)
		}
		if dark := ask[bool](w.Tab, darkGround); dark != (theme == "dark") {
			w.T.Errorf("the theme %s has a dark ground: %v", theme, dark)
		}
	}
}

// returns asks for a page and signs in to see it.
func (w *walker) returns() {
	w.Open("/settings/account")
	w.At("/login")
	w.managed(map[string]string{"email": "username", "password": "current-password"})
	w.refused(loginForm, rig.Values{"email": w.person.Email, "password": "not this one", "remember": "on"})
	if !ask[bool](w.Tab, `document.querySelector("[name=remember]").checked`) {
		w.T.Error("after the refusal the session is to be short again")
	}
	w.sends(loginForm, rig.Values{"password": w.person.Password}, "/settings/account")
}

// leaves deletes the account.
func (w *walker) leaves() {
	w.remembersName(closeForm)
	w.refused(closeForm, rig.Values{"current_password": "not this one"}, "current_password")
	w.sends(closeForm, rig.Values{"current_password": w.person.Password}, "/")
	w.says("deleted")
	w.Open("/login")
	w.refused(loginForm, rig.Values{"email": w.person.Email, "password": w.person.Password})
}

// managed fails the test unless password managers know what each field is.
func (w *walker) managed(fields map[string]string) {
	w.T.Helper()
	for name, want := range fields {
		if got := ask[string](w.Tab, `document.querySelector(%s)?.autocomplete ?? "no such field"`, `main [name="`+name+`"]`); got != want {
			w.T.Errorf("%s: autocomplete of %s is %q, want %q", w.Path(), name, got, want)
		}
	}
}

// remembersName fails the test unless the form tells password managers whose
// password it takes.
func (w *walker) remembersName(form string) {
	w.T.Helper()
	if got := ask[string](w.Tab, `document.querySelector(%s)?.value ?? ""`, form+" [autocomplete=username]"); got != w.person.Email {
		w.T.Errorf("%s: the user name for password managers is %q, want %q", form, got, w.person.Email)
	}
}
