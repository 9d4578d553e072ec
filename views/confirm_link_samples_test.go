package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"use":                {"accounts/confirm_link", views.ConfirmLink{Chrome: chrome("/verify-email", nil), Heading: v.Name, Text: v.Name, Email: v.Email, Token: v.Name, Action: "/verify-email", Verb: v.Name}},
		"refused":            {"accounts/dead_link", views.DeadLink{Chrome: chrome("/verify-email", nil), Heading: v.Name, Text: v.Name, Action: views.Link{Label: v.Name, Href: v.Name}}},
		"refused swapped":    {"accounts/_dead_link", views.DeadLink{Chrome: chrome("/reset-password", nil), Heading: v.Name, Text: v.Name, Advice: v.Name, Action: views.Link{Label: v.Name, Href: v.Name}}},
		"refused unverified": {"accounts/dead_link", views.DeadLink{Chrome: unverified(chrome("/verify-email", &v)), Heading: "No", Resend: true}},
	}
})
