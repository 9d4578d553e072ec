package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"landing":   {"public/landing", views.Landing{Chrome: chrome("/", nil)}},
		"privacy":   {"site/privacy", views.Privacy{Chrome: chrome("/privacy", nil)}},
		"terms":     {"site/terms", views.Terms{Chrome: chrome("/terms", &v)}},
		"changelog": {"site/changelog", views.Changelog{Chrome: chrome("/changelog", nil)}},
	}
})
