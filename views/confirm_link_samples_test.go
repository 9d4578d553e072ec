package views_test

import (
	"time"

	"stoa/views"
)

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"use":                {"accounts/confirm_link", confirmLink(v, nil)},
		"use refused":        {"accounts/confirm_link", confirmLink(v, refused("password"))},
		"done":               {"accounts/dead_link", views.DeadLink{Chrome: chrome("/verify-email", nil), Heading: v.Name, Text: v.Name, Email: v.Email, Action: views.Link{Label: v.Name, Href: v.Name}}},
		"refused":            {"accounts/dead_link", views.DeadLink{Chrome: chrome("/verify-email", nil), Heading: v.Name, Text: v.Name, Action: views.Link{Label: v.Name, Href: v.Name}}},
		"refused swapped":    {"accounts/_dead_link", views.DeadLink{Chrome: chrome("/reset-password", nil), Heading: v.Name, Text: v.Name, Advice: v.Name, Action: views.Link{Label: v.Name, Href: v.Name}}},
		"refused unverified": {"accounts/dead_link", views.DeadLink{Chrome: unverified(chrome("/verify-email", &v)), Heading: "No", Resend: true}},
	}
})

func confirmLink(v views.Viewer, errs *views.Errors) views.ConfirmLink {
	return views.ConfirmLink{
		Chrome: chrome("/verify-email", nil), Heading: v.Name, Text: v.Name, Email: v.Email,
		Account: &views.LinkAccount{Name: v.Name, CreatedAt: time.Now(), Device: v.Name, IP: "203.0.113.5"},
		Form:    views.ConfirmLinkForm{Token: v.Name, Action: "/verify-email", Verb: v.Name, NeedsPassword: true, Errors: errs},
		Disown:  views.Disown{Action: "/verify-email/disown", Text: v.Name},
	}
}
