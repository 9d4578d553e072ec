package views

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

// Title is the page's name in the browser.
func (u ConfirmLink) Title() string { return u.Heading }

// Title is the page's name in the browser.
func (r DeadLink) Title() string { return r.Heading }
