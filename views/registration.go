package views

// Register is accounts/register; its fragment is accounts/_register_form.
type Register struct {
	Chrome
	Form RegisterForm
}

// RegisterForm is what the visitor typed, without the password.
type RegisterForm struct {
	Name, Email string
	MinLength   int
	Errors      Errors
}

// Title is the page's name in the browser.
func (Register) Title() string { return "Create an account" }

// Description is the page's sentence for search engines.
func (Register) Description() string {
	return "Create a Stoa account with your name, your email address and a password."
}

// Failed reports whether the form shows refused input.
func (p Register) Failed() bool { return len(p.Form.Errors) > 0 }

// NameField asks for the person's name.
func (f RegisterForm) NameField() Field {
	return Field{Name: "name", Label: "Name", Hint: "As others should see it. You can change it later.", Autocomplete: "name", Value: f.Name, Error: f.Errors.For("name")}
}

// EmailField asks for the address that becomes the user name.
func (f RegisterForm) EmailField() Field { return emailField(f.Email, f.Errors) }

// PasswordField asks for a new password and says the rules in words.
func (f RegisterForm) PasswordField() Field {
	return newPassword("Password", f.MinLength, f.Errors)
}
