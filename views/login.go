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

// Lead returns why the page is shown, when it stands before another one, or "".
func (p Login) Lead() string {
	switch page := PageName(p.Form.Next); {
	case p.Form.Next == "":
		return ""
	case page == "":
		return "Sign in to continue."
	default:
		return "Sign in to continue to " + page + "."
	}
}

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
		Field{Name: "password", Label: "Password", Type: "password", Autocomplete: "current-password", Forgot: true},
		Checkbox{Name: "remember", Label: "Keep me signed in for 30 days", Hint: "Don’t use this on a shared computer.", Checked: f.Remember},
	)
}
