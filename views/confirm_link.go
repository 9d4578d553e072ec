package views

// ConfirmLink is accounts/confirm_link, which has one button that uses the one-time link.
// Opening the page does not use it, because email scanners open links too.
type ConfirmLink struct {
	Chrome
	Heading, Text string
	Email         string // the recipient of the link
	Token         string
	Action, Verb  string // the URL of the button, and its label
}

// DeadLink is accounts/dead_link: it explains why a one-time link is not valid and
// offers the next step.
type DeadLink struct {
	Chrome
	Heading, Text string
	Advice        string
	Action        Link
	Resend        bool // a button for another verification link in place of Action
}

// Title returns the title of the page.
func (u ConfirmLink) Title() string { return u.Heading }

// Title returns the title of the page.
func (r DeadLink) Title() string { return r.Heading }
