package views

// Password is accounts/password; its fragment is accounts/_password_form.
type Password struct {
	Chrome
	Form PasswordForm
}

// PasswordForm never carries a password.
type PasswordForm struct {
	Email     string // for password managers
	MinLength int
	Errors    Errors
}

// Title is the page's name in the browser.
func (Password) Title() string { return "Password" }

// Failed reports whether the form shows refused input.
func (p Password) Failed() bool { return len(p.Form.Errors) > 0 }

// CurrentField asks for the password that counts now.
func (f PasswordForm) CurrentField() Field {
	return Field{Name: "current_password", Label: "Current password", Autocomplete: "current-password", Error: f.Errors.For("current_password")}
}

// NewField asks for the password that shall count.
func (f PasswordForm) NewField() Field { return newPassword("New password", f.MinLength, f.Errors) }
