package views

// ForgotPage is accounts/forgot; its fragment is accounts/_forgot_form.
type ForgotPage struct {
	Chrome
	Form ForgotForm
}

// ForgotForm is the address that the visitor typed.
type ForgotForm struct {
	Email  string
	Errors Errors
}

// ForgotSent is accounts/forgot_sent. It says nothing about any address.
type ForgotSent struct{ Chrome }

// Reset is accounts/reset; its fragment is accounts/_reset_form.
type Reset struct {
	Chrome
	Form ResetForm
}

// ResetForm asks for a new password by a link; it never carries a password.
type ResetForm struct {
	Email     string // of the account, for password managers
	Token     string // of the link
	MinLength int
	Errors    Errors
}

// Title is the page's name in the browser.
func (ForgotPage) Title() string { return "Forgot your password?" }

// Title is the page's name in the browser.
func (ForgotSent) Title() string { return "Check your mail" }

// Title is the page's name in the browser.
func (Reset) Title() string { return "Choose a new password" }

// Description is the page's sentence for search engines.
func (ForgotPage) Description() string {
	return "Get a link by email to choose a new password for your Stoa account."
}

// Failed reports whether the form shows refused input.
func (p ForgotPage) Failed() bool { return len(p.Form.Errors) > 0 }

// Failed reports whether the form shows refused input.
func (p Reset) Failed() bool { return len(p.Form.Errors) > 0 }

// EmailField asks for the address of the account.
func (f ForgotForm) EmailField() Field { return emailField(f.Email, f.Errors) }

// PasswordField asks for the password that shall count.
func (f ResetForm) PasswordField() Field { return newPassword("New password", f.MinLength, f.Errors) }
