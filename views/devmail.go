package views

import "time"

func init() {
	developmentMenu.add(Entry{Label: "Mail", Path: "/dev/mail", Icon: "mail", Order: 20})
}

// Mailbox is dev/mailbox: the emails of a development server.
type Mailbox struct {
	Chrome
	Mails  []MailRow
	Search string
	Pager  Pager
	Sent   bool // a mail server is configured: emails are sent and not stored
}

// SearchField is the field to search the emails.
func (m Mailbox) SearchField() Search {
	return Search{Path: "/dev/mail", Label: "Subject or address", Value: m.Search}
}

// Title returns the title of the page.
func (Mailbox) Title() string { return "Mail" }

// MailRow is one email of the list.
type MailRow struct {
	ID, Name, Address, Subject string
	At                         time.Time
}

// KeptMail is dev/mail: one email, as HTML, text or source.
type KeptMail struct {
	Chrome
	MailRow
	View string // html, text or source
	Text string // of the views text and source
	Link string // the one-time link in it, or ""
}

// Title returns the title of the page.
func (m KeptMail) Title() string { return m.Subject + " · Mail" }

// Crumbs returns the path back to the list.
func (m KeptMail) Crumbs() Crumbs { return Crumbs{{"Mail", "/dev/mail"}, {m.Subject, ""}} }

// Tabs returns the views of the email.
func (m KeptMail) Tabs() []Tab {
	var tabs []Tab
	for _, tab := range []Link{{"HTML", "html"}, {"Text", "text"}, {"Source", "source"}} {
		tabs = append(tabs, Tab{Link: Link{tab.Label, "/dev/mail/" + m.ID + "?view=" + tab.Href}, Current: tab.Href == m.View})
	}
	return tabs
}

// Tab is one of several views of the same content.
type Tab struct {
	Link
	Current bool
}

// OneTime returns the one-time link to copy.
func (m KeptMail) OneTime() Code { return Code{Label: "link", Text: m.Link} }
