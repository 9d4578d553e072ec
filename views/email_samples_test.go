package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"email":           {"accounts/email", email(v, true, nil)},
		"email came back": {"accounts/email", cameBack(email(v, false, nil), "refused")},
		"email abandoned": {"accounts/email", cameBack(email(v, false, nil), "abandoned")},
		"email refused":   {"accounts/email", email(v, false, refused("email", "current_password"))},
	}
})

func email(v views.Viewer, verified bool, errs *views.Errors) views.EmailPage {
	page := views.EmailPage{Chrome: chrome("/settings/email", &v), Address: v.Email, Verified: verified, Form: views.EmailForm{Username: v.Email, Email: v.Email, Errors: errs}}
	if !verified {
		page.Chrome, page.Pending = unverified(page.Chrome), v.Email
	}
	return page
}

// cameBack returns the page of a user whose emails do not arrive.
func cameBack(page views.EmailPage, failure string) views.EmailPage {
	page.EmailFailure, page.Failure, page.Undelivered = failure, failure, true
	return page
}

// unverified returns the chrome of a user with an unverified email address.
func unverified(c views.Chrome) views.Chrome {
	c.Unverified, c.Dev = true, true
	return c
}
