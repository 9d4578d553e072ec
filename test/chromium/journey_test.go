package chromium

import (
	"strings"
	"testing"

	"stoa/test/rig"
)

// journey_test.go takes one user through the whole program. It runs the same
// steps twice, with JavaScript and without: only the responses differ.

// journey is the tab of that user.
type journey struct {
	*Tab
	script bool
	user   rig.User
}

func TestJourney(t *testing.T) {
	t.Parallel()
	app := shared(t)
	for name, script := range map[string]bool{"script": true, "no script": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := &journey{Tab: open(t, app), script: script, user: rig.NewUser()}
			j.allow(status422...)
			if !script {
				j.NoScript()
			}
			j.run()
		})
	}
}

// run takes all steps.
func (j *journey) run() {
	j.register()
	j.verifyEmail()
	j.editProfile()
	j.changePicture()
	j.changeSettings()
	j.changeEmail()
	j.signOut()
	j.resetPassword()
	j.signInAgain()
	j.deleteAccount()
}

// changeSettings uses the settings that need no email.
func (j *journey) changeSettings() {
	j.changePassword()
	j.revokeOthers()
	j.chooseTheme()
}

func (j *journey) signOut() {
	j.Follow("the sign-out", func() { j.Click(logoutForm + " button") })
	j.At("/login")
	j.awaitMessage("signed out")
}

// refused sends invalid values and expects the same form with errors at the fields.
// The form keeps the typed values, except passwords.
func (j *journey) refused(form string, values rig.Values, at ...string) {
	j.T.Helper()
	path := j.Path()
	if j.script {
		j.Swap(form, values, summary)
	} else {
		path = evaluate[string](j.Tab, `new URL(document.querySelector(%s).action).pathname`, form)
		j.Submit(form, values)
	}
	j.At(path)
	if title := evaluate[string](j.Tab, `document.title`); !strings.HasPrefix(title, "Error: ") {
		j.T.Errorf("%s: title %q, want it to begin with \"Error: \"", form, title)
	}
	var wrong []string
	for _, name := range evaluate[[]string](j.Tab, `[...document.querySelectorAll("[aria-invalid=true]")].map(e => e.name)`) {
		wrong = append(wrong, name)
		words := `(e => e.getAttribute("aria-describedby").split(" ").some(id => document.getElementById(id)?.innerText.startsWith("Error:")))(document.querySelector(%s))`
		if !evaluate[bool](j.Tab, words, form+` [name="`+name+`"]`) {
			j.T.Errorf("%s: the error of %s is not linked to its field", form, name)
		}
	}
	if strings.Join(wrong, " ") != strings.Join(at, " ") {
		j.T.Fatalf("%s: errors at %q, want %q; the page shows %q", form, wrong, at, j.Text("main"))
	}
	for name, typed := range values {
		if strings.Contains(name, "password") {
			typed = ""
		}
		if got := evaluate[string](j.Tab, `document.querySelector(%s).value`, form+` [name="`+name+`"]`); name != "remember" && got != typed {
			j.T.Errorf("%s: after the refusal the value of %s is %q, want %q", form, name, got, typed)
		}
	}
}

// send sends a form that leads to another page, with or without JavaScript.
func (j *journey) send(form string, values rig.Values, path string) {
	j.T.Helper()
	j.Submit(form, values)
	j.At(path)
}

// save sends a form and expects the same form with a message.
func (j *journey) save(form string, values rig.Values, id string) {
	j.T.Helper()
	if j.script {
		j.Swap(form, values, form)
	} else {
		j.Submit(form, values)
	}
	j.awaitSaved(id, "Saved")
}

func (j *journey) register() {
	j.Open("/")
	j.Follow("the registration", func() { j.Click("link=Create an account") })
	j.At("/register")
	j.managed(map[string]string{"email": "username", "password": "new-password", "name": "name"})
	j.refused(registerForm, rig.Values{"name": "", "email": "ada", "password": "short"}, "name", "email", "password")
	j.refused(registerForm, rig.Values{"name": j.user.Name, "email": j.user.Email, "password": "password1234"}, "password")
	j.send(registerForm, rig.Values{"password": j.user.Password}, "/dashboard")
	if got := j.Text("main"); !strings.Contains(got, j.user.Email) {
		j.T.Errorf("the home page of %s shows %q", j.user.Email, got)
	}
}

func (j *journey) editProfile() {
	j.Follow("the settings", func() { j.Click("link=Settings") })
	j.At("/settings/profile")
	j.refused(profileForm, rig.Values{"name": "", "bio": "Some **words**"}, "name")
	j.refused(profileForm, rig.Values{"name": "Ada", "bio": strings.Repeat("é", 2001)}, "bio")
	j.save(profileForm, rig.Values{"name": "Ada <b>King</b>", "bio": "Some **words**\n\nand [a link](https://example.com/)"}, "#profile")
	if got := j.Text(".prose strong"); got != "words" {
		j.T.Errorf("the bold part of the bio is %q, want words", got)
	}
	if got := j.Text("#viewer strong"); got != "Ada <b>King</b>" {
		j.T.Errorf("the sidebar shows the name %q", got)
	}
}

// changePicture uploads a file that is not a picture, then a picture, and removes it.
func (j *journey) changePicture() {
	j.At("/settings/profile")
	field := avatarForm + " [type=file]"
	j.Choose(field, []byte("no picture"))
	j.refused(avatarForm, nil, "avatar")
	if j.script {
		j.Open("/settings/profile")
	}
	j.Choose(field, picture(j.Tab))
	j.save("#picture", nil, "#picture")
	j.hasPicture(true)
	j.pressButton("#avatar-remove", "#picture")
	j.awaitSaved("#picture", "Removed")
	j.hasPicture(false)
}

// pressButton presses a button that replaces a part of the page, or without JavaScript
// the page.
func (j *journey) pressButton(button, part string) {
	j.T.Helper()
	if j.script {
		j.Replaces(part, func() { j.Click(button) })
		return
	}
	j.Follow("the response", func() { j.Click(button) })
}

func (j *journey) changePassword() {
	j.Follow("the password", func() { j.Click("link=Password") })
	j.managed(map[string]string{"current_password": "current-password", "password": "new-password"})
	j.hasUsername(passwordForm)
	next := "a " + j.user.Password
	j.refused(passwordForm, rig.Values{"current_password": "not this one", "password": next}, "current_password")
	j.refused(passwordForm, rig.Values{"current_password": j.user.Password, "password": "short"}, "password")
	j.send(passwordForm, rig.Values{"current_password": j.user.Password, "password": next}, "/settings/password")
	j.awaitMessage("password is changed")
	j.user.Password = next
}

// revokeOthers revokes one other session, then all the others.
func (j *journey) revokeOthers() {
	others := []*rig.Browser{j.App.Browser(j.T), j.App.Browser(j.T), j.App.Browser(j.T)}
	for _, b := range others {
		b.SignIn(j.user)
	}
	j.Follow("the sessions", func() { j.Click("link=Sessions") })
	if got := j.rows(); got != 4 {
		j.T.Fatalf("%d sessions are listed, want 4", got)
	}
	if got := j.Text("[aria-labelledby=this-device] li"); strings.Contains(got, "Sign out") {
		j.T.Errorf("the session of this device is %q, want it without a button", got)
	}
	j.revoke(sessionsForm+` [formaction$="/revoke"]`, "signed out", 3)
	j.revoke(sessionsForm+` [data-confirm]`, "signed out", 1)
	for i, b := range others {
		if b.SignedIn() {
			j.T.Errorf("browser %d is signed in after all others were signed out", i+1)
		}
	}
}

func (j *journey) rows() int {
	j.T.Helper()
	return evaluate[int](j.Tab, `document.querySelectorAll("[id^=session-]").length`)
}

// revoke presses a button of the list, confirms the dialog if there is one, and
// waits for the list with this number of rows.
func (j *journey) revoke(button, message string, rows int) {
	j.T.Helper()
	if !j.script {
		j.Follow("the list", func() { j.Click(button) })
	} else {
		j.Replaces(sessionsForm, func() {
			confirm := evaluate[bool](j.Tab, `document.querySelector(%s).matches("[data-confirm]")`, button)
			j.Click(button)
			if confirm {
				j.Click("dialog[open] [value=yes]")
			}
		})
	}
	j.awaitMessage(message)
	if got := j.rows(); got != rows {
		j.T.Fatalf("%d sessions are listed, want %d", got, rows)
	}
}

// chooseTheme selects each theme and stays on the page.
func (j *journey) chooseTheme() {
	for _, theme := range []string{"dark", "light"} {
		j.Follow("the page in "+theme, func() { j.Click(themeForm + ` [value="` + theme + `"]`) })
		j.At("/settings/sessions")
		if got := evaluate[string](j.Tab, `document.documentElement.dataset.theme`); got != theme {
			j.T.Errorf("the theme is %q, want %q", got, theme)
		}
		if dark := evaluate[bool](j.Tab, darkBackground); dark != (theme == "dark") {
			j.T.Errorf("the theme %s has a dark background: %v", theme, dark)
		}
	}
}

// signInAgain opens a page that needs a session and signs in.
func (j *journey) signInAgain() {
	j.Open("/settings/account")
	j.At("/login")
	j.managed(map[string]string{"email": "username", "password": "current-password"})
	j.refused(loginForm, rig.Values{"email": j.user.Email, "password": "not this one", "remember": "on"})
	if !evaluate[bool](j.Tab, `document.querySelector("[name=remember]").checked`) {
		j.T.Error("after the refusal the box \"remember\" is not checked any more")
	}
	j.send(loginForm, rig.Values{"password": j.user.Password}, "/settings/account")
}

// deleteAccount deletes the account.
func (j *journey) deleteAccount() {
	j.hasUsername(deleteForm)
	j.refused(deleteForm, rig.Values{"current_password": "not this one"}, "current_password")
	j.send(deleteForm, rig.Values{"current_password": j.user.Password}, "/")
	j.awaitMessage("deleted")
	j.Open("/login")
	j.refused(loginForm, rig.Values{"email": j.user.Email, "password": j.user.Password})
}

// managed fails the test unless each field has the autocomplete value that password
// managers need.
func (j *journey) managed(fields map[string]string) {
	j.T.Helper()
	for name, want := range fields {
		if got := evaluate[string](j.Tab, `document.querySelector(%s)?.autocomplete ?? "no such field"`, `main [name="`+name+`"]`); got != want {
			j.T.Errorf("%s: autocomplete of %s is %q, want %q", j.Path(), name, got, want)
		}
	}
}

// hasUsername fails the test unless the form has the email address for password
// managers.
func (j *journey) hasUsername(form string) {
	j.T.Helper()
	if got := evaluate[string](j.Tab, `document.querySelector(%s)?.value ?? ""`, form+" [autocomplete=username]"); got != j.user.Email {
		j.T.Errorf("%s: the user name for password managers is %q, want %q", form, got, j.user.Email)
	}
}
