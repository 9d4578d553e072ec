package views

func init() {
	settingsMenu.add(Entry{
		Label: "Password", Path: "/settings/password", Words: "change", Order: 30,
		Help: []Help{
			{"A password for each site", "A password manager makes them and fills them in."},
			{"Forgot your password?", "Sign out, and choose “Forgot?” on the sign-in page."},
		},
	})
}

// Password is accounts/password; its fragment is accounts/_password_form.
type Password struct {
	Chrome
	Form PasswordForm
}

// PasswordForm never contains a password.
type PasswordForm struct {
	Email     string // for password managers
	MinLength int
	Errors    *Errors
}

// Title returns the title of the page.
func (Password) Title() string { return "Password" }

// Failed reports whether a form shows refused input.
func (p Password) Failed() bool { return p.Form.Errors != nil }

// Inputs are the inputs of the form.
func (f PasswordForm) Inputs() []Input {
	return f.Errors.Inputs(
		Field{Name: "current_password", Label: "Current password", Type: "password", Autocomplete: "current-password"},
		newPassword("New password", f.MinLength),
	)
}
