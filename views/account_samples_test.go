package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"account":         {"accounts/account", views.Account{Chrome: chrome("/settings/account", &v), Form: views.DeleteForm{Email: v.Email}, Export: views.ExportForm{Email: v.Email}, Exported: views.Enumeration{"your profile", v.Name}, Deleted: views.Enumeration{"your profile"}}},
		"account refused": {"accounts/account", views.Account{Chrome: chrome("/settings/account", &v), Export: views.ExportForm{Email: v.Email}, Form: views.DeleteForm{Email: v.Email, Errors: refused("current_password")}}},
		"export refused":  {"accounts/account", views.Account{Chrome: chrome("/settings/account", &v), Form: views.DeleteForm{Email: v.Email}, Export: views.ExportForm{Email: v.Email, Errors: refused("export_password")}}},
	}
})
