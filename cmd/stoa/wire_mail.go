package main

import (
	"stoa/domain/mailer"
	"stoa/platform/devmail"
	"stoa/platform/jobs"
	"stoa/platform/mail"
	"stoa/views"
)

// wireMail makes the jobs, and the letters that one of them delivers.
func (c *core) wireMail(cfg Config) error {
	from, err := mail.ParseFrom(string(cfg.MailFrom))
	if err != nil {
		return err
	}
	transport, err := c.transport(cfg)
	if err != nil {
		return err
	}
	if c.jobs, err = jobs.New(c.conn); err != nil {
		return err
	}
	templates, err := views.ParseLetters()
	if err != nil {
		return err
	}
	c.letters = mailer.New(mailer.Config{
		DB: c.conn, Jobs: c.jobs, Mail: transport, Host: mail.Domain(from), LinkURL: c.links.URL,
		Render: renderer(templates, string(cfg.BaseURL)),
	})
	return nil
}

// transport is the mail server of the settings, or the mailbox at /dev/mail.
func (c *core) transport(cfg Config) (mail.Transport, error) {
	if cfg.SMTPURL != "" {
		return mail.NewSMTP(string(cfg.SMTPURL), string(cfg.MailFrom))
	}
	from, err := mail.ParseFrom(string(cfg.MailFrom))
	c.mailbox = devmail.New(c.conn, from)
	return c.mailbox, err
}

// renderer turns letters into mail by the templates.
func renderer(templates *views.Letters, base string) func(mailer.Letter, string) (mail.Message, error) {
	return func(l mailer.Letter, url string) (mail.Message, error) {
		shown := views.Mail{
			Name: l.Name, URL: url, Lifetime: l.Facts[mailer.Lifetime], At: l.Facts[mailer.At], Device: l.Facts[mailer.Device],
			IP: l.Facts[mailer.IP], NewEmail: l.Facts[mailer.NewEmail], Base: base,
		}
		made, err := templates.Render(string(l.Kind), shown)
		return mail.Message{Name: shown.Greeting(), Subject: made.Subject, Text: made.Text, HTML: made.HTML}, err
	}
}
