package views_test

import (
	"net/url"

	"stoa/views"
)

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"mailbox": {"dev/mailbox", views.Mailbox{Chrome: flashed(v), Mails: []views.MailRow{mailRow(v)}}},
		"mailbox searched": {"dev/mailbox", views.Mailbox{
			Chrome: chrome("/dev/mail", &v), Mails: []views.MailRow{mailRow(v)}, Search: v.Name,
			Pager: views.Pager{First: "/dev/mail?q=" + url.QueryEscape(v.Name), Next: "/dev/mail?cursor=x"},
		}},
		"mailbox no match": {"dev/mailbox", views.Mailbox{Chrome: chrome("/dev/mail", &v), Search: v.Name}},
		"mailbox empty":    {"dev/mailbox", views.Mailbox{Chrome: chrome("/dev/mail", &v)}},
		"mailbox unused":   {"dev/mailbox", views.Mailbox{Chrome: chrome("/dev/mail", &v), Sent: true}},
		"mail":             {"dev/mail", views.KeptMail{Chrome: chrome("/dev/mail/a", nil), MailRow: mailRow(v), View: "html", Link: "https://stoa.test/?token=a"}},
		"mail as text":     {"dev/mail", views.KeptMail{Chrome: chrome("/dev/mail/a", &v), MailRow: mailRow(v), View: "text", Text: v.Name}},
	}
})

func mailRow(v views.Viewer) views.MailRow {
	return views.MailRow{ID: "0199f3c2", Name: v.Name, Address: v.Email, Subject: v.Name, At: then}
}
