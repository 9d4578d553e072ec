package browser

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/platform/devmail"
	"stoa/views"
)

const mailboxPath = "/dev/mail"

// ListDevmail lists the mail of a development server.
func (p *Pages) ListDevmail(c *fiber.Ctx) error {
	page := views.Mailbox{Chrome: respond.Chrome(c), Sent: p.Devmail == nil}
	if page.Sent {
		return respond.Page(c, "dev/mailbox", page)
	}
	list, err := p.Devmail.List(c.UserContext())
	if err != nil {
		return err
	}
	for _, m := range list {
		page.Mails = append(page.Mails, mailRow(m))
	}
	return respond.Page(c, "dev/mailbox", page)
}

func mailRow(m devmail.Mail) views.MailRow {
	return views.MailRow{ID: m.ID.String(), Name: m.Name, Address: m.Address, Subject: m.Subject, At: m.At}
}

// ShowDevmail shows one mail: as HTML in a frame, as text or as its source.
func (p *Pages) ShowDevmail(c *fiber.Ctx) error {
	m, err := p.findDevmail(c)
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
	gate.AllowFrame(c)
	return respond.Page(c, "dev/mail", page)
}

// DevmailHTML is the HTML of a mail alone, for the frame on its page. Its links
// open beside it, since our pages let nobody frame them.
func (p *Pages) DevmailHTML(c *fiber.Ctx) error {
	m, err := p.findDevmail(c)
	if err != nil {
		return err
	}
	gate.Sandbox(c)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(bytes.Replace([]byte(m.HTML), []byte("<head>"), []byte(`<head><base target="_blank">`), 1))
}

// ClearDevmail throws all mail away.
func (p *Pages) ClearDevmail(c *fiber.Ctx) error {
	if p.Devmail == nil {
		return respond.Redirect(c, mailboxPath, "")
	}
	if err := p.Devmail.Clear(c.UserContext()); err != nil {
		return err
	}
	return respond.Redirect(c, mailboxPath, "mail-cleared")
}

// findDevmail returns the mail that the path names.
func (p *Pages) findDevmail(c *fiber.Ctx) (devmail.Mail, error) {
	id, err := uuid.Parse(c.Params("id"))
	if err != nil || p.Devmail == nil {
		return devmail.Mail{}, fiber.ErrNotFound
	}
	m, found, err := p.Devmail.Find(c.UserContext(), id)
	if err == nil && !found {
		err = fiber.ErrNotFound
	}
	return m, err
}
