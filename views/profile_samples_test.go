package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"profile":         {"accounts/profile", views.Profile{Chrome: chrome("/settings/profile", &v), Form: views.ProfileForm{Name: v.Name, Bio: v.Name, Preview: "<p>x</p>"}}},
		"profile refused": {"accounts/profile", views.Profile{Chrome: chrome("/settings/profile", &v), Form: views.ProfileForm{Name: v.Name, Errors: refused("name", "bio")}}},
		"profile saved":   {"accounts/_profile_form", views.Profile{Chrome: flashed(v), Form: views.ProfileForm{Name: v.Name, Saved: true}}},
	}
})
