package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"login":         {"accounts/login", views.Login{Chrome: chrome("/login", nil), Form: views.LoginForm{Next: "/settings/profile?a=b&c=d"}}},
		"login refused": {"accounts/login", views.Login{Chrome: chrome("/login", nil), Form: views.LoginForm{Email: v.Email, Remember: true, Errors: refused("")}}},
	}
})
