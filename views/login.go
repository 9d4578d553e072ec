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
	Kept     string // what was typed into another form before the sign-in, sealed, or empty
	Errors   *Errors
}

// Title returns the title of the page.
func (Login) Title() string { return "Sign in" }

// Description returns the page's description for search engines.
func (Login) Description() string {
	return "Sign in to Stoa with your email address and password."
}

// Failed reports whether a form shows refused input.
func (p Login) Failed() bool { return p.Form.Errors != nil }

// Inputs are the inputs of the form.
func (f LoginForm) Inputs() []Input {
	return f.Errors.Inputs(
		emailField(f.Email),
		Field{Name: "password", Label: "Password", Type: "password", Autocomplete: "current-password"},
		Checkbox{Name: "remember", Label: "Keep me signed in for 30 days", Hint: "Leave it off on a computer that others use.", Checked: f.Remember},
	)
}
