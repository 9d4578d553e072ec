package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"forgot":         {"accounts/reset_request", views.ResetRequest{Chrome: chrome("/forgot-password", nil)}},
		"forgot refused": {"accounts/reset_request", views.ResetRequest{Chrome: chrome("/forgot-password", nil), Form: views.ResetRequestForm{Email: v.Email, Errors: refused("email")}}},
		"forgot sent":    {"accounts/reset_request_sent", views.ResetRequestSent{Chrome: unverified(chrome("/forgot-password/sent", nil))}},
		"reset":          {"accounts/reset", views.Reset{Chrome: chrome("/reset-password", nil), Form: views.ResetForm{Email: v.Email, Token: "t", MinLength: 12}}},
		"reset refused":  {"accounts/reset", views.Reset{Chrome: chrome("/reset-password", nil), Form: views.ResetForm{Email: v.Email, Token: "t", MinLength: 12, Errors: refused("password")}}},
	}
})
