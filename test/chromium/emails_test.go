package chromium

import (
	"stoa/test/rig"
)

// letters_test.go has the steps that lead through a letter: those of the way of
// one person, and those to the screens that only a link opens.

// verifies opens the link of the registration and presses its button.
func (w *walker) verifies() {
	if !w.Has(waiting) {
		w.T.Error("nothing says that the address is to be verified")
	}
	w.Open(w.App.Link(w.T, w.person.Email, rig.VerifyMail, 1))
	w.sends(useForm, nil, "/dashboard")
	w.says("verified")
	if w.Has(waiting) {
		w.T.Error("the page still wants the address verified")
	}
}

// changesEmail asks for another address and confirms it.
func (w *walker) changesEmail() {
	w.Follow("the address", func() { w.Click("link=Email") })
	w.At("/settings/email")
	w.managed(map[string]string{"email": "email", "current_password": "current-password"})
	w.remembersName(emailForm)
	next := rig.NewUser().Email
	w.refused(emailForm, rig.Values{"email": "ada", "current_password": w.person.Password}, "email")
	w.refused(emailForm, rig.Values{"email": next, "current_password": "not this one"}, "current_password")
	w.sends(emailForm, rig.Values{"email": next, "current_password": w.person.Password}, "/settings/email")
	w.says("sent a link")
	w.Open(w.App.Link(w.T, next, rig.ConfirmMail, 1))
	w.sends(useForm, nil, "/settings/email")
	w.says("changed")
	w.person.Email = next
}

// forgets comes back in by a link.
func (w *walker) forgets() {
	w.Follow("the way for who forgot", func() { w.Click("link=Forgot your password?") })
	w.managed(map[string]string{"email": "username"})
	w.refused(forgotForm, rig.Values{"email": "ada"}, "email")
	w.sends(forgotForm, rig.Values{"email": w.person.Email}, "/forgot-password/sent")
	w.Open(w.App.Link(w.T, w.person.Email, rig.ResetMail, 1))
	w.managed(map[string]string{"password": "new-password"})
	w.remembersName(resetForm)
	w.refused(resetForm, rig.Values{"password": "short"}, "password")
	w.person.Password = "b " + w.person.Password
	w.sends(resetForm, rig.Values{"password": w.person.Password}, "/login")
	w.says("password is set")
}

// byLetter opens the link of the first letter of a kind.
func byLetter(subject string) func(*Tab, rig.User) {
	return func(tab *Tab, person rig.User) {
		tab.T.Helper()
		tab.Open(tab.App.Link(tab.T, person.Email, subject, 1))
	}
}

func verified(tab *Tab, person rig.User) {
	tab.T.Helper()
	byLetter(rig.VerifyMail)(tab, person)
	tab.Submit(useForm, nil)
}

func resetting(tab *Tab, person rig.User) {
	tab.T.Helper()
	tab.App.API(tab.T).Post("/api/auth/forgot-password", map[string]string{"email": person.Email}).Is(202)
	byLetter(rig.ResetMail)(tab, person)
}

func resetRefused(tab *Tab, person rig.User) {
	tab.T.Helper()
	resetting(tab, person)
	tab.Swap(resetForm, rig.Values{"password": "short"}, summary)
	tab.Await("the focus on the summary", summaryFocused, summary)
}

// changing asks for another address and opens the link of a letter about it;
// without one the page that waits for it.
func changing(subject string) func(*Tab, rig.User) {
	return func(tab *Tab, person rig.User) {
		tab.T.Helper()
		next := rig.NewUser().Email
		c := tab.App.API(tab.T)
		c.Login(person)
		c.Call("PUT", "/api/users/me/email", map[string]string{"email": next, "current_password": person.Password}).Is(202)
		switch subject {
		case "":
			tab.Open("/settings/email")
		case rig.UndoMail:
			byLetter(subject)(tab, person)
		default:
			byLetter(subject)(tab, rig.User{Email: next})
		}
	}
}

func exporting(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/settings/account")
	tab.Submit(exportForm, rig.Values{"current_password": "not this one"})
}
