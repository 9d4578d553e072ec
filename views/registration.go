package views

// Register is accounts/register; its fragment is accounts/_register_form.
type Register struct {
	Chrome
	Form RegisterForm
}

// RegisterForm has the input of the form without the password.
type RegisterForm struct {
	Name, Email string
	MinLength   int
	Errors      *Errors
}

// Title returns the title of the page.
func (Register) Title() string { return "Create an account" }

// Description returns the page's description for search engines.
func (Register) Description() string {
	return "Create a Stoa account with your name, your email address and a password."
}

// Failed reports whether a form shows refused input.
func (p Register) Failed() bool { return p.Form.Errors != nil }

// Inputs are the inputs of the form. The email address is the user name for password
// managers.
func (f RegisterForm) Inputs() []Input {
	return f.Errors.Inputs(
		Field{Name: "name", Label: "Name", Hint: "As others see it. You can change it later.", Autocomplete: "name", Value: f.Name},
		emailField(f.Email),
		newPassword("Password", f.MinLength),
	)
}
