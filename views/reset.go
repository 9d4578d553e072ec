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

// ConfirmLink is accounts/use, where one button uses up a link: opening the page does
// not, for mail scanners open pages too.
type ConfirmLink struct {
	Chrome
	Heading, Text string
	Email         string // the address that the link was sent to
	Token         string
	Action, Verb  string // where the button leads, and its words
}

// DeadLink is accounts/refused: a link that opens nothing, and the way on.
type DeadLink struct {
	Chrome
	Heading, Text string
	Advice        string
	Way           Link
	Resend        bool // the way is another link of verification, by a button
}

// EmailPage is accounts/email; its fragment is accounts/_email_form.
type EmailPage struct {
	Chrome
	Address  string
	Verified bool
	Pending  string // the address that waits for its confirmation, or empty
	Form     EmailForm
}

// EmailForm is the address that the person typed, without the password.
type EmailForm struct {
	Username string // for password managers
	Email    string
	Errors   Errors
}

// Title is the page's name in the browser.
func (ForgotPage) Title() string { return "Forgot your password?" }

// Title is the page's name in the browser.
func (ForgotSent) Title() string { return "Check your mail" }

// Title is the page's name in the browser.
func (Reset) Title() string { return "Choose a new password" }

// Title is the page's name in the browser.
func (u ConfirmLink) Title() string { return u.Heading }

// Title is the page's name in the browser.
func (r DeadLink) Title() string { return r.Heading }

// Title is the page's name in the browser.
func (EmailPage) Title() string { return "Email address" }

// Description is the page's sentence for search engines.
func (ForgotPage) Description() string {
	return "Get a link by email to choose a new password for your Stoa account."
}

// Failed reports whether the form shows refused input.
func (p ForgotPage) Failed() bool { return len(p.Form.Errors) > 0 }

// Failed reports whether the form shows refused input.
func (p Reset) Failed() bool { return len(p.Form.Errors) > 0 }

// Failed reports whether the form shows refused input.
func (p EmailPage) Failed() bool { return len(p.Form.Errors) > 0 }

// EmailField asks for the address of the account.
func (f ForgotForm) EmailField() Field { return emailField(f.Email, f.Errors) }

// PasswordField asks for the password that shall count.
func (f ResetForm) PasswordField() Field { return newPassword("New password", f.MinLength, f.Errors) }

// EmailField asks for the address to change to.
func (f EmailForm) EmailField() Field {
	return Field{
		Name: "email", Label: "New email address", Hint: "We send a link there. The change counts when you open it and confirm.",
		Type: "email", Autocomplete: "email", Value: f.Email, Error: f.Errors.For("email"),
	}
}

// CurrentField asks for the password that counts now.
func (f EmailForm) CurrentField() Field {
	return Field{Name: "current_password", Label: "Your password", Hint: "To be sure that it is you.", Autocomplete: "current-password", Error: f.Errors.For("current_password")}
}

// Status says whether the address is verified.
func (p EmailPage) Status() Pill {
	if p.Verified {
		return Pill{Tone: OK, Text: "Verified"}
	}
	return Pill{Tone: Warn, Text: "Not verified"}
}
