package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"register":         {"accounts/register", views.Register{Chrome: chrome("/register", nil), Form: views.RegisterForm{MinLength: 12}}},
		"register refused": {"accounts/register", views.Register{Chrome: chrome("/register", nil), Form: views.RegisterForm{Name: v.Name, Email: v.Email, MinLength: 12, Errors: refused("name", "email", "password")}}},
	}
})
