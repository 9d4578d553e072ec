package views

// Login is accounts/login; its fragment is accounts/_login_form.
type Login struct {
	Chrome
	Form LoginForm
}

// LoginForm has the input of the form without the password.
type LoginForm struct {
	Email    string
	Remember bool
	Next     string // a local path, or empty
	Errors   Errors
}

// Title returns the title of the page.
func (Login) Title() string { return "Sign in" }

// Description returns the page's description for search engines.
func (Login) Description() string {
	return "Sign in to Stoa with your email address and password."
}

// Failed reports whether a form shows refused input.
func (p Login) Failed() bool { return len(p.Form.Errors) > 0 }

// EmailField is the field for the email address, which is the user name.
func (f LoginForm) EmailField() Field { return emailField(f.Email, f.Errors) }

// PasswordField is the field for the password of the account.
func (f LoginForm) PasswordField() Field {
	return Field{Name: "password", Label: "Password", Autocomplete: "current-password", Error: f.Errors.For("password")}
}

// RememberBox is the checkbox for the longer session.
func (f LoginForm) RememberBox() Checkbox {
	return Checkbox{Name: "remember", Label: "Keep me signed in for 30 days", Hint: "Leave it off on a computer that others use.", Checked: f.Remember}
}
