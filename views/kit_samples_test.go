package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"kit": {"dev/kit", views.Kit{Chrome: chrome("/dev/kit", &v)}},
	}
})
