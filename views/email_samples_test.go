package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"email":         {"accounts/email", email(v, true, nil)},
		"email refused": {"accounts/email", email(v, false, refused("email", "current_password"))},
	}
})

func email(v views.Viewer, verified bool, errs views.Errors) views.EmailPage {
	page := views.EmailPage{Chrome: chrome("/settings/email", &v), Address: v.Email, Verified: verified, Form: views.EmailForm{Username: v.Email, Email: v.Email, Errors: errs}}
	if !verified {
		page.Chrome, page.Pending = unverified(page.Chrome), v.Email
	}
	return page
}

// unverified returns the chrome of a user with an unverified email address.
func unverified(c views.Chrome) views.Chrome {
	c.Unverified, c.Dev = true, true
	return c
}
