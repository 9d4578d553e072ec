package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"picture":         {"accounts/profile", views.Profile{Chrome: chromeWithPicture(chrome("/settings/profile", &v)), Avatar: views.AvatarForm{MaxMiB: 5, TooLarge: "Choose a smaller picture."}}},
		"picture refused": {"accounts/profile", views.Profile{Chrome: chrome("/settings/profile", &v), Avatar: views.AvatarForm{Errors: refused("avatar")}}},
		"picture saved":   {"accounts/_avatar_form", views.Profile{Chrome: chromeWithPicture(flashed(v)), Avatar: views.AvatarForm{Saved: true}}},
	}
})

// withPicture returns the user with a picture.
func withPicture(v views.Viewer) views.Viewer {
	v.Avatar = "/avatars/0123456789abcdef0123456789abcdef-256.jpg"
	return v
}

// chromeWithPicture returns the chrome of a user with a picture.
func chromeWithPicture(c views.Chrome) views.Chrome {
	v := withPicture(*c.User)
	c.User = &v
	return c
}
