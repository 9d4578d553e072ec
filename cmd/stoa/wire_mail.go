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
	templates, err := views.ParseEmails()
	if err != nil {
		return err
	}
	c.mailer = mailer.New(mailer.Config{
		DB: c.conn, Jobs: c.jobs, Mail: transport, Host: mail.Domain(from), LinkURL: c.onetime.URL,
		Render: renderer(templates, string(cfg.BaseURL)),
	})
	return nil
}

// transport is the mail server of the settings, or the mailbox at /dev/mail.
func (c *core) transport(cfg Config) (mail.Transport, error) {
	if cfg.SMTPURL != "" {
		return mail.New(mail.Config{URL: string(cfg.SMTPURL), From: string(cfg.MailFrom)})
	}
	from, err := mail.ParseFrom(string(cfg.MailFrom))
	c.devmail = devmail.New(c.conn, from)
	return c.devmail, err
}

// renderer turns letters into mail by the templates.
func renderer(templates *views.EmailTemplates, base string) func(mailer.Email, string) (mail.Message, error) {
	return func(l mailer.Email, url string) (mail.Message, error) {
		shown := views.Email{
			Name: l.Name, URL: url, Lifetime: l.Params[mailer.Lifetime], At: l.Params[mailer.At], Device: l.Params[mailer.Device],
			IP: l.Params[mailer.IP], NewEmail: l.Params[mailer.NewEmail], Base: base,
		}
		made, err := templates.Render(string(l.Kind), shown)
		return mail.Message{Name: shown.Greeting(), Subject: made.Subject, Text: made.Text, HTML: made.HTML}, err
	}
}
