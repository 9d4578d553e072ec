package views

// Login is accounts/login; its fragment is accounts/_login_form.
type Login struct {
	Chrome
	Form LoginForm
}

// LoginForm is what the visitor typed, without the password.
type LoginForm struct {
	Email    string
	Remember bool
	Next     string // a local path, or empty
	Errors   Errors
}

// Title is the page's name in the browser.
func (Login) Title() string { return "Sign in" }

// Description is the page's sentence for search engines.
func (Login) Description() string {
	return "Sign in to Stoa with your email address and password."
}

// Failed reports whether the form shows refused input.
func (p Login) Failed() bool { return len(p.Form.Errors) > 0 }

// EmailField asks for the address that is the user name.
func (f LoginForm) EmailField() Field { return emailField(f.Email, f.Errors) }

// PasswordField asks for the password of the account.
func (f LoginForm) PasswordField() Field {
	return Field{Name: "password", Label: "Password", Autocomplete: "current-password", Error: f.Errors.For("password")}
}

// RememberBox asks for the longer session.
func (f LoginForm) RememberBox() Checkbox {
	return Checkbox{Name: "remember", Label: "Keep me signed in for 30 days", Hint: "Leave it off on a computer that others use.", Checked: f.Remember}
}
