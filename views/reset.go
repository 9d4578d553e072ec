package views

// ResetRequest is accounts/reset_request; its fragment is accounts/_reset_request_form.
type ResetRequest struct {
	Chrome
	Form ResetRequestForm
}

// ResetRequestForm has the input of the form.
type ResetRequestForm struct {
	Email  string
	Errors *Errors
}

// ResetRequestSent is accounts/reset_request_sent. It does not show whether the account exists.
type ResetRequestSent struct{ Chrome }

// Reset is accounts/reset; its fragment is accounts/_reset_form.
type Reset struct {
	Chrome
	Form ResetForm
}

// ResetForm is the form for a new password after a reset link. It never contains a
// password.
type ResetForm struct {
	Email     string // of the account, for password managers
	Token     string // of the link
	MinLength int
	Errors    *Errors
}

// Title returns the title of the page.
func (ResetRequest) Title() string { return "Forgot your password?" }

// Title returns the title of the page.
func (ResetRequestSent) Title() string { return "Check your email" }

// Title returns the title of the page.
func (Reset) Title() string { return "Choose a new password" }

// Description returns the page's description for search engines.
func (ResetRequest) Description() string {
	return "Get a link by email to choose a new password for your Stoa account."
}

// Failed reports whether a form shows refused input.
func (p ResetRequest) Failed() bool { return p.Form.Errors != nil }

// Failed reports whether a form shows refused input.
func (p Reset) Failed() bool { return p.Form.Errors != nil }

// Inputs are the inputs of the form.
func (f ResetRequestForm) Inputs() []Input { return f.Errors.Inputs(emailField(f.Email)) }

// Inputs are the inputs of the form.
func (f ResetForm) Inputs() []Input { return f.Errors.Inputs(newPassword("New password", f.MinLength)) }
