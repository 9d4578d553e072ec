package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"password":         {"accounts/password", views.Password{Chrome: chrome("/settings/password", &v), Form: views.PasswordForm{Email: v.Email, MinLength: 12}}},
		"password refused": {"accounts/password", views.Password{Chrome: chrome("/settings/password", &v), Form: views.PasswordForm{Email: v.Email, MinLength: 12, Errors: refused("current_password", "password")}}},
	}
})
