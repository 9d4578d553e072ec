package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"sessions":         {"accounts/sessions", sessions(chrome("/settings/sessions", &v), v.Name)},
		"sessions alone":   {"accounts/sessions", views.Sessions{Chrome: chrome("/settings/sessions", &v), Rows: sessions(flashed(v), v.Name).Rows[:1]}},
		"sessions swapped": {"accounts/_sessions_list", sessions(flashed(v), v.Name)},
	}
})

func sessions(c views.Chrome, device string) views.Sessions {
	row := func(id, kind string, current bool) views.SessionRow {
		return views.SessionRow{ID: id, Kind: kind, Device: device, IP: "203.0.113.7", Current: current, CreatedAt: then, LastSeenAt: then, ExpiresAt: then}
	}
	return views.Sessions{Chrome: c, Rows: []views.SessionRow{row("a", "browser", true), row("b", "browser", false), row("c", "api", false)}, Others: 2}
}
