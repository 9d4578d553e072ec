package views_test

import "stoa/views"

// linkPages returns the pages of one-time links, resets and email addresses.
func linkPages(v views.Viewer) map[string]sample {
	out := func(path string) views.Chrome { return chrome(path, nil) }
	reset := views.ResetForm{Email: v.Email, Token: "t", MinLength: 12}
	resetRefused := reset
	resetRefused.Errors = refused("password")
	return map[string]sample{
		"email":              {"accounts/email", email(v, true, nil)},
		"email refused":      {"accounts/email", email(v, false, refused("email", "current_password"))},
		"export refused":     {"accounts/account", views.Account{Chrome: chrome("/settings/account", &v), Export: views.ExportForm{Email: v.Email, Errors: refused("export_password")}}},
		"forgot":             {"accounts/reset_request", views.ResetRequest{Chrome: out("/forgot-password")}},
		"forgot refused":     {"accounts/reset_request", views.ResetRequest{Chrome: out("/forgot-password"), Form: views.ResetRequestForm{Email: v.Email, Errors: refused("email")}}},
		"forgot sent":        {"accounts/reset_request_sent", views.ResetRequestSent{Chrome: unverified(out("/forgot-password/sent"))}},
		"reset":              {"accounts/reset", views.Reset{Chrome: out("/reset-password"), Form: reset}},
		"reset refused":      {"accounts/reset", views.Reset{Chrome: out("/reset-password"), Form: resetRefused}},
		"use":                {"accounts/confirm_link", views.ConfirmLink{Chrome: out("/verify-email"), Heading: v.Name, Text: v.Name, Email: v.Email, Token: v.Name, Action: "/verify-email", Verb: v.Name}},
		"refused":            {"accounts/dead_link", views.DeadLink{Chrome: out("/verify-email"), Heading: v.Name, Text: v.Name, Action: views.Link{Label: v.Name, Href: v.Name}}},
		"refused swapped":    {"accounts/_dead_link", views.DeadLink{Chrome: out("/reset-password"), Heading: v.Name, Text: v.Name, Advice: v.Name, Action: views.Link{Label: v.Name, Href: v.Name}}},
		"refused unverified": {"accounts/dead_link", views.DeadLink{Chrome: unverified(chrome("/verify-email", &v)), Heading: "No", Resend: true}},
	}
}

func email(v views.Viewer, verified bool, errs views.Errors) views.EmailPage {
	page := views.EmailPage{Chrome: chrome("/settings/email", &v), Address: v.Email, Verified: verified, Form: views.EmailForm{Username: v.Email, Email: v.Email, Errors: errs}}
	if !verified {
		page.Chrome, page.Pending = unverified(page.Chrome), v.Email
	}
	return page
}

// unverified returns the chrome of a user with an unverified email address.
func unverified(c views.Chrome) views.Chrome {
	c.Unverified, c.Dev = true, true
	return c
}
