package views

func init() {
	settingsMenu.add(Entry{
		Label: "Email", Path: "/settings/email", Words: "address verify change", Order: 20,
		Help: []Help{
			{"No email from us?", "Check your spam folder, or send the link again."},
			{"No access to the old address?", "You don’t need it. Your password and the link in our email to the new address are enough."},
		},
	})
}

// EmailPage is accounts/email; its fragment is accounts/_email_form.
type EmailPage struct {
	Chrome
	Address  string
	Verified bool
	Failure  string // why the newest email to Address did not arrive, or ""
	Pending  string // the new email address until its owner confirms it, or ""

	// Undelivered says that the email to Pending did not arrive.
	Undelivered bool

	Form EmailForm
}

// EmailForm has the input of the form without the password.
type EmailForm struct {
	Username string // for password managers
	Email    string
	Errors   *Errors
}

// Title returns the title of the page.
func (EmailPage) Title() string { return "Email address" }

// Failed reports whether a form shows refused input.
func (p EmailPage) Failed() bool { return p.Form.Errors != nil }

// Inputs are the inputs of the form.
func (f EmailForm) Inputs() []Input {
	const hint = "We send a link there. Your email address changes once you confirm from that email."
	return f.Errors.Inputs(
		Field{Name: "email", Label: "New email address", Hint: hint, Type: "email", Autocomplete: "email", Value: f.Email},
		currentPassword(),
	)
}

// Status shows whether the email address works and is verified.
func (p EmailPage) Status() Pill {
	switch {
	case p.Failure != "":
		return Pill{Tone: Warn, Text: "Not delivered"}
	case p.Verified:
		return Pill{Tone: OK, Text: "Verified"}
	}
	return Pill{Tone: Warn, Text: "Not verified"}
}
