package main

import (
	"stoa/cmd/stoa/config"
	"stoa/domain/accounts"
	"stoa/domain/mailer"
	"stoa/platform/devmail"
	"stoa/platform/mail"
	"stoa/platform/pg"
	"stoa/views"
)

// emails are the parts that send emails.
type emails struct {
	transport mail.Transport
	host      string // the domain of the sender
	render    func(mailer.Email, string) (mail.Message, error)
}

// wireMail returns the parts that send emails.
func (c *core) wireMail(cfg config.Config, conn *pg.DB) (emails, error) {
	from, err := mail.ParseFrom(string(cfg.MailFrom))
	if err != nil {
		return emails{}, err
	}
	templates, err := views.ParseEmails()
	if err != nil {
		return emails{}, err
	}
	e := emails{host: mail.Domain(from), render: renderer(templates, string(cfg.BaseURL))}
	if cfg.SMTPURL != "" {
		e.transport, err = mail.New(mail.Config{URL: string(cfg.SMTPURL), From: string(cfg.MailFrom)})
		return e, err
	}
	c.devmail = devmail.New(devmail.Config{DB: conn, From: from})
	e.transport = c.devmail
	return e, nil
}

// renderer returns the function that renders an email from its templates. Texts that
// a user has typed are only in emails to their verified address: with them a
// stranger who registers another user's email address would write to that user.
func renderer(templates *views.EmailTemplates, base string) func(mailer.Email, string) (mail.Message, error) {
	return func(l mailer.Email, url string) (mail.Message, error) {
		shown := views.Email{
			URL: url, Lifetime: l.Params[mailer.Lifetime], At: l.Params[mailer.At], Device: l.Params[mailer.Device],
			IP: l.Params[mailer.IP], Base: base,
		}
		if l.Verified {
			shown.Name, shown.NewEmail = l.Name, l.Params[accounts.ParamNewEmail]
		}
		made, err := templates.Render(string(l.Kind), shown)
		return mail.Message{Name: shown.Name, Subject: made.Subject, Text: made.Text, HTML: made.HTML}, err
	}
}
