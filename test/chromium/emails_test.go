package chromium

import "stoa/test/rig"

// emails_test.go contains the steps that need an email: steps of journey_test.go,
// and steps to the screens that only a one-time link opens.

// verifyEmail opens the link of the registration and presses its button.
func (j *journey) verifyEmail() {
	if !j.Has(waiting) {
		j.T.Error("the page does not ask the user to verify the email address")
	}
	j.Open(j.App.Link(j.T, j.user.Email, rig.VerifyMail, 1))
	j.send(useForm, nil, "/dashboard")
	j.awaitMessage("verified")
	if j.Has(waiting) {
		j.T.Error("the page still asks the user to verify the email address")
	}
}

// changeEmail requests another email address and confirms it.
func (j *journey) changeEmail() {
	j.Follow("the email settings", func() { j.Click("link=Email") })
	j.At("/settings/email")
	j.managed(map[string]string{"email": "email", "current_password": "current-password"})
	j.hasUsername(emailForm)
	next := rig.NewUser().Email
	j.refused(emailForm, rig.Values{"email": "ada", "current_password": j.user.Password}, "email")
	j.refused(emailForm, rig.Values{"email": next, "current_password": "not this one"}, "current_password")
	j.send(emailForm, rig.Values{"email": next, "current_password": j.user.Password}, "/settings/email")
	j.awaitMessage("sent a link")
	j.Open(j.App.Link(j.T, next, rig.ConfirmMail, 1))
	j.send(useForm, nil, "/settings/email")
	j.awaitMessage("changed")
	j.user.Email = next
}

// resetPassword resets a forgotten password by a link.
func (j *journey) resetPassword() {
	j.Follow("the form for a forgotten password", func() { j.Click("link=Forgot your password?") })
	j.managed(map[string]string{"email": "username"})
	j.refused(forgotForm, rig.Values{"email": "ada"}, "email")
	j.send(forgotForm, rig.Values{"email": j.user.Email}, "/forgot-password/sent")
	j.Open(j.App.Link(j.T, j.user.Email, rig.ResetMail, 1))
	j.managed(map[string]string{"password": "new-password"})
	j.hasUsername(resetForm)
	j.refused(resetForm, rig.Values{"password": "short"}, "password")
	j.user.Password = "b " + j.user.Password
	j.send(resetForm, rig.Values{"password": j.user.Password}, "/login")
	j.awaitMessage("password is set")
}

// byEmail opens the link in the first email with the subject.
func byEmail(subject string) func(*Tab, rig.User) {
	return func(tab *Tab, user rig.User) {
		tab.T.Helper()
		tab.Open(tab.App.Link(tab.T, user.Email, subject, 1))
	}
}

func verified(tab *Tab, user rig.User) {
	tab.T.Helper()
	byEmail(rig.VerifyMail)(tab, user)
	tab.Submit(useForm, nil)
}

func resetting(tab *Tab, user rig.User) {
	tab.T.Helper()
	tab.App.API(tab.T).Post("/api/auth/forgot-password", map[string]string{"email": user.Email}).Is(202)
	byEmail(rig.ResetMail)(tab, user)
}

func resetRefused(tab *Tab, user rig.User) {
	tab.T.Helper()
	resetting(tab, user)
	tab.Swap(resetForm, rig.Values{"password": "short"}, summary)
	tab.Await("the focus on the summary", summaryFocused, summary)
}

// changing requests another email address and opens the link in an email about
// it. Without a subject it opens the page that waits for the confirmation.
func changing(subject string) func(*Tab, rig.User) {
	return func(tab *Tab, user rig.User) {
		tab.T.Helper()
		next := rig.NewUser().Email
		c := tab.App.API(tab.T)
		c.Login(user)
		c.Call("PUT", "/api/users/me/email", map[string]string{"email": next, "current_password": user.Password}).Is(202)
		switch subject {
		case "":
			tab.Open("/settings/email")
		case rig.UndoMail:
			byEmail(subject)(tab, user)
		default:
			byEmail(subject)(tab, rig.User{Email: next})
		}
	}
}

func exporting(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/settings/account")
	tab.Submit(exportForm, rig.Values{"current_password": "not this one"})
}
