package views

import "time"

// Mailbox is dev/mailbox: the mail of a development server.
type Mailbox struct {
	Chrome
	Mails []MailRow
	Sent  bool // a mail server is set: mail leaves, and nothing is kept
}

// Title is the page's name in the browser.
func (Mailbox) Title() string { return "Mail" }

// MailRow is one mail of the list.
type MailRow struct {
	ID, Name, Address, Subject string
	At                         time.Time
}

// KeptMail is dev/mail: one mail, as HTML, text or source.
type KeptMail struct {
	Chrome
	MailRow
	View string // html, text or source
	Text string // of the views text and source
	Link string // the one-time link in it, or ""
}

// Title is the page's name in the browser.
func (m KeptMail) Title() string { return m.Subject + " · Mail" }

// Crumbs lead back to the list.
func (m KeptMail) Crumbs() Crumbs { return Crumbs{{"Mail", "/dev/mail"}, {m.Subject, ""}} }

// Tabs are the ways to look at the mail.
func (m KeptMail) Tabs() []Tab {
	var tabs []Tab
	for _, tab := range []Link{{"HTML", "html"}, {"Text", "text"}, {"Source", "source"}} {
		tabs = append(tabs, Tab{Link: Link{tab.Label, "/dev/mail/" + m.ID + "?view=" + tab.Href}, Current: tab.Href == m.View})
	}
	return tabs
}

// Tab is one of several views of the same thing.
type Tab struct {
	Link
	Current bool
}

// OneTime is the link to copy.
func (m KeptMail) OneTime() Code { return Code{Label: "link", Text: m.Link} }
