package browser

import (
	"bytes"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/emailaddr"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/handlers/transport"
	"stoa/platform/convert"
	"stoa/platform/devmail"
	"stoa/views"
)

const devmailPath = "/dev/mail"

var devmailCleared = respond.NewFlash("mail-cleared", views.OK, "All mail that was kept is deleted.")

// Devmail are the emails that a development server stores instead of sending
// them. Its store is nil when a mail server is set.
type Devmail struct {
	store *devmail.Store `wiring:"optional"` // nil when a mail server is set
}

// Routes declares the routes.
func (d Devmail) Routes(to *route.Table) {
	to.Development.Get("/dev/mail", d.List)
	to.Development.Post("/dev/mail/clear", d.Clear)
	to.Development.Get("/dev/mail/:id", d.Show)
	to.Development.Get("/dev/mail/:id/html", d.HTML)
}

// List lists the emails.
func (d Devmail) List(c *fiber.Ctx) error {
	shown := views.Mailbox{Chrome: respond.Chrome(c), Sent: d.store == nil, Search: gate.Search(c)}
	if shown.Sent {
		return respond.Page(c, "dev/mailbox", shown)
	}
	list, err := d.store.List(c.UserContext(), stored(shown.Search), gate.Cursor(c))
	if err != nil {
		return err
	}
	shown.Mails, shown.Pager = convert.All(list.Items, mailRow), respond.Pager(c, devmailPath, list.Next)
	return respond.Page(c, "dev/mailbox", shown)
}

// stored returns an email address as it is stored, with an A-label. Other text stays.
func stored(search string) string {
	if email, err := emailaddr.Parse(search); err == nil {
		return email.String()
	}
	return search
}

func mailRow(m devmail.Email) views.MailRow {
	return views.MailRow{ID: m.ID.String(), Name: m.Name, Address: m.Address, Subject: m.Subject, At: m.At}
}

// Show shows one email: its HTML in a frame, its text or its source.
func (d Devmail) Show(c *fiber.Ctx) error {
	m, err := d.find(c)
	if err != nil {
		return err
	}
	page := views.KeptMail{Chrome: respond.Chrome(c), MailRow: mailRow(m), View: c.Query("view", "html"), Link: m.Link()}
	switch page.View {
	case "html":
	case "text":
		page.Text = m.Text
	case "source":
		page.Text = m.Source
	default:
		return fiber.ErrNotFound
	}
	transport.AllowFrame(c)
	return respond.Page(c, "dev/mail", page)
}

// HTML returns the HTML of an email alone, for the frame on its page. Its links
// open in a new tab, because the headers of other pages forbid frames.
func (d Devmail) HTML(c *fiber.Ctx) error {
	m, err := d.find(c)
	if err != nil {
		return err
	}
	transport.Sandbox(c)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(bytes.Replace([]byte(m.HTML), []byte("<head>"), []byte(`<head><base target="_blank">`), 1))
}

// Clear deletes all emails.
func (d Devmail) Clear(c *fiber.Ctx) error {
	if d.store == nil {
		return respond.Redirect(c, devmailPath)
	}
	if err := d.store.Clear(c.UserContext()); err != nil {
		return err
	}
	return respond.RedirectFlash(c, devmailPath, devmailCleared)
}

// find returns the email with the id in the path.
func (d Devmail) find(c *fiber.Ctx) (devmail.Email, error) {
	if d.store == nil {
		return devmail.Email{}, fiber.ErrNotFound
	}
	return d.store.Find(c.UserContext(), gate.ID[devmail.ID](c))
}
