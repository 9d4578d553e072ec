package views

func init() { settingsMenu.add(Entry{Label: "Password", Path: "/settings/password", Order: 30}) }

// Password is accounts/password; its fragment is accounts/_password_form.
type Password struct {
	Chrome
	Form PasswordForm
}

// PasswordForm never contains a password.
type PasswordForm struct {
	Email     string // for password managers
	MinLength int
	Errors    Errors
}

// Title returns the title of the page.
func (Password) Title() string { return "Password" }

// Failed reports whether a form shows refused input.
func (p Password) Failed() bool { return len(p.Form.Errors) > 0 }

// CurrentField is the field for the current password.
func (f PasswordForm) CurrentField() Field {
	return Field{Name: "current_password", Label: "Current password", Autocomplete: "current-password", Error: f.Errors.For("current_password")}
}

// NewField is the field for the new password.
func (f PasswordForm) NewField() Field { return newPassword("New password", f.MinLength, f.Errors) }
