package views_test

import (
	"html/template"
	"time"

	"stoa/views"
)

var _ = samplesOf(func(v views.Viewer) samples {
	waiting := chrome("/dashboard", &v)
	waiting.Unverified = true
	returned := waiting
	returned.EmailFailure = "refused"
	return samples{
		"home":                {"accounts/home", home(v)},
		"home new":            {"accounts/home", newHome(waiting)},
		"home email returned": {"accounts/home", newHome(returned)},
	}
})

// home is that of a user who has set up everything and been attacked.
func home(v views.Viewer) views.Home {
	page := views.Home{
		Chrome: chrome("/dashboard", &v), Bio: template.HTML("<p>I keep the <strong>books</strong>.</p>"),
		Figures:  []views.Stat{{Label: "Sign-ins, 30 days", Value: "42"}, {Label: "Wrong passwords", Value: "240"}, {Label: "Signed in now", Value: "6"}},
		Sessions: sessions(chrome("/settings/sessions", &v), v.Name).Rows, More: 3, ExpiresAt: then, EndsAt: then,
		SignIns: views.Chart{Label: "Sign-ins a day", Value: "Signed in", Wrong: "Wrong password"},
		Activity: []views.Event{
			{Name: "signin.failed", Text: "240 wrong passwords", Refused: true, Warns: true, Device: "curl", IP: "2001:db8::7", Addresses: 12, At: then},
			{Name: "token.reused", Text: "A used refresh token was sent again", Warns: true, Device: "curl", IP: "203.0.113.7", At: then},
			{Name: "session.opened", Text: "Signed in", Device: "Safari on iOS", IP: "203.0.113.7", At: then},
			{Name: "user.promoted", Text: "You became an administrator", At: then},
			{Name: "from.a.newer.release", Text: v.Name, Device: v.Name, At: then},
		},
	}
	for i := range 30 {
		page.SignIns.Days = append(page.SignIns.Days, views.ChartDay{Day: then.Add(time.Duration(i) * 24 * time.Hour), Value: i % 7, Wrong: i / 20 * i})
	}
	return page
}

func newHome(c views.Chrome) views.Home {
	return views.Home{
		Chrome: c, Sessions: sessions(c, c.User.Name).Rows[:1],
		Setup: views.Setup{Steps: []views.Step{
			{Label: "Verify your email address", Help: "Open the link in our email to you."},
			{Label: "Say who you are", Done: true},
			{Label: "Add a picture", Help: "It is shown beside your name.", Action: views.Link{Label: "Choose a picture", Href: "/settings/profile"}, Primary: true},
		}},
	}
}
