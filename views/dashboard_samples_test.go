package views_test

import (
	"html/template"

	"stoa/views"
)

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"dashboard":       {"accounts/dashboard", dashboard(v)},
		"dashboard empty": {"accounts/dashboard", views.Dashboard{Chrome: chrome("/dashboard", &v), Name: v.Name, Email: v.Email}},
	}
})

func dashboard(v views.Viewer) views.Dashboard {
	return views.Dashboard{
		Chrome: chrome("/dashboard", &v), Name: v.Name, Email: v.Email, Bio: template.HTML("<p>I keep the <strong>books</strong>.</p>"), HasBio: true,
		MemberSince: then, Device: "Firefox on Linux", IP: "2001:db8::1", SignedInAt: then, ExpiresAt: then,
	}
}
