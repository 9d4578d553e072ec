package views

func init() { settingsMenu.add(Entry{Label: "Email", Path: "/settings/email", Order: 20}) }

// EmailPage is accounts/email; its fragment is accounts/_email_form.
type EmailPage struct {
	Chrome
	Address  string
	Verified bool
	Pending  string // the new email address until its owner confirms it, or ""
	Form     EmailForm
}

// EmailForm has the input of the form without the password.
type EmailForm struct {
	Username string // for password managers
	Email    string
	Errors   Errors
}

// Title returns the title of the page.
func (EmailPage) Title() string { return "Email address" }

// Failed reports whether a form shows refused input.
func (p EmailPage) Failed() bool { return len(p.Form.Errors) > 0 }

// EmailField is the field for the new email address.
func (f EmailForm) EmailField() Field {
	return Field{
		Name: "email", Label: "New email address", Hint: "We send a link there. The change counts when you open it and confirm.",
		Type: "email", Autocomplete: "email", Value: f.Email, Error: f.Errors.For("email"),
	}
}

// CurrentField is the field for the current password.
func (f EmailForm) CurrentField() Field {
	return Field{Name: "current_password", Label: "Your password", Hint: "To be sure that it is you.", Autocomplete: "current-password", Error: f.Errors.For("current_password")}
}

// Status shows whether the email address is verified.
func (p EmailPage) Status() Pill {
	if p.Verified {
		return Pill{Tone: OK, Text: "Verified"}
	}
	return Pill{Tone: Warn, Text: "Not verified"}
}
