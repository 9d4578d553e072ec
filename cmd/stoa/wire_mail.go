package main

import (
	"maps"

	"stoa/cmd/stoa/config"
	"stoa/domain/accounts"
	"stoa/domain/mailer"
	"stoa/domain/personaldata"
	"stoa/domain/signin"
	"stoa/platform/devmail"
	"stoa/platform/jobs"
	"stoa/platform/mail"
	"stoa/views"
)

// wireMail creates the jobs and the mailer. A job delivers the emails.
func (c *core) wireMail(cfg config.Config, obs *observability) error {
	from, err := mail.ParseFrom(string(cfg.MailFrom))
	if err != nil {
		return err
	}
	transport, err := c.transport(cfg)
	if err != nil {
		return err
	}
	queue := jobs.Config{DB: c.conn}
	emails := mailer.Config{
		DB: c.conn, Mail: transport, Host: mail.Domain(from), Kinds: emailKinds(), LinkURL: c.onetime.URL,
	}
	if obs != nil {
		queue.Observe, queue.Trace, emails.Observe = obs.attempted, obs.jobTrace(), obs.finished
	}
	if c.jobs, err = jobs.New(queue); err != nil {
		return err
	}
	templates, err := views.ParseEmails()
	if err != nil {
		return err
	}
	emails.Jobs, emails.Render = c.jobs, renderer(templates, string(cfg.BaseURL))
	c.mailer = mailer.New(emails)
	return nil
}

// emailKinds returns the kinds of emails of all packages.
func emailKinds() mailer.Kinds {
	all := mailer.Kinds{}
	for _, kinds := range []mailer.Kinds{accounts.EmailKinds(), signin.EmailKinds(), personaldata.EmailKinds()} {
		maps.Copy(all, kinds)
	}
	return all
}

// transport returns the mail server of the settings. Without one, it returns the
// store of /dev/mail.
func (c *core) transport(cfg config.Config) (mail.Transport, error) {
	if cfg.SMTPURL != "" {
		return mail.New(mail.Config{URL: string(cfg.SMTPURL), From: string(cfg.MailFrom)})
	}
	from, err := mail.ParseFrom(string(cfg.MailFrom))
	c.devmail = devmail.New(devmail.Config{DB: c.conn, From: from})
	return c.devmail, err
}

// renderer returns the function that renders an email from its templates.
func renderer(templates *views.EmailTemplates, base string) func(mailer.Email, string) (mail.Message, error) {
	return func(l mailer.Email, url string) (mail.Message, error) {
		shown := views.Email{
			Name: l.Name, URL: url, Lifetime: l.Params[mailer.Lifetime], At: l.Params[mailer.At], Device: l.Params[mailer.Device],
			IP: l.Params[mailer.IP], NewEmail: l.Params[accounts.ParamNewEmail], Base: base,
		}
		made, err := templates.Render(string(l.Kind), shown)
		return mail.Message{Name: shown.Greeting(), Subject: made.Subject, Text: made.Text, HTML: made.HTML}, err
	}
}
