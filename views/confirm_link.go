package views

import (
	"strings"
	"time"
)

// ConfirmLink is accounts/confirm_link, which has a button that uses the one-time link;
// its fragment is accounts/_confirm_link_form. Opening the page does not use the link,
// because email scanners open links too.
type ConfirmLink struct {
	Chrome
	Heading, Text string
	Email         string       // the recipient of the link
	Account       *LinkAccount // nil on a page that does not name the account
	Form          ConfirmLinkForm
	Disown        Disown
}

// LinkAccount is the account of a link, for the owner of the mailbox, who may not be
// its user.
type LinkAccount struct {
	Name       string
	CreatedAt  time.Time
	Device, IP string // of the registration, or ""
}

// ConfirmLinkForm is the form with the button of a link.
type ConfirmLinkForm struct {
	Token         string
	Action, Verb  string // the URL of the button, and its label
	NeedsPassword bool   // of the account: this browser is not signed in to it
	Errors        *Errors
}

// Disown is the button "This was not me". Without a URL there is none.
type Disown struct{ Action, Text string }

// DeadLink is accounts/dead_link: it explains why a one-time link is not valid, or
// that it has nothing left to do, and offers the next step.
type DeadLink struct {
	Chrome
	Heading, Text string
	Email         string     // after the text; "" for none
	Rest          string     // of the sentence, after Email
	At            *time.Time // ends the sentence; nil for none
	Advice        string
	Action        Link
	Resend        bool // a button for another verification link in place of Action
}

// Title returns the title of the page.
func (u ConfirmLink) Title() string { return u.Heading }

// Failed reports whether the form shows refused input.
func (u ConfirmLink) Failed() bool { return u.Form.Errors != nil }

// From returns device and IP address of the registration, or "".
func (a LinkAccount) From() string {
	return strings.Trim(a.Device+", "+a.IP, ", ")
}

// Inputs are the inputs of the form.
func (f ConfirmLinkForm) Inputs() []Input {
	if !f.NeedsPassword {
		return nil
	}
	return f.Errors.Inputs(Field{
		Name: "password", Label: "Password of the account", Type: "password", Autocomplete: "current-password",
		Hint: "This browser isn’t signed in to the account.",
	})
}

// Title returns the title of the page.
func (r DeadLink) Title() string { return r.Heading }
