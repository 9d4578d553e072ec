package browser

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/audit"
	"stoa/domain/home"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/platform/convert"
	"stoa/views"
)

const (
	homePath     = "/dashboard"
	homeSessions = 4 // more are on the page of the sessions
)

// Home is the first page after signing in.
type Home struct{ home *home.Reader }

// Routes declares the routes.
func (h Home) Routes(to *route.Table) {
	to.Own.Get("/dashboard", h.Show)
}

// Show shows the home page.
func (h Home) Show(c *fiber.Ctx) error {
	request := gate.From(c)
	data, err := h.home.Read(c.UserContext(), request.Scope())
	if err != nil {
		return err
	}
	rows := sessionsPage(views.Chrome{}, data.Sessions).Rows
	shown := rows[:min(len(rows), homeSessions)]
	page := views.Home{
		Chrome: respond.Chrome(c), Setup: setupOf(data), SignIns: signInChart(data.SignIns), Figures: signInFigures(data),
		Sessions: shown, More: len(rows) - len(shown), EndsAt: request.Session().End(),
		Activity: convert.All(data.Activity, eventOf), Bio: accounts.Bio(data.User.Bio).HTML(),
	}
	if len(shown) > 0 { // it is empty when the session has just ended
		page.ExpiresAt = shown[0].ExpiresAt
	}
	return respond.Page(c, "accounts/home", page)
}

func signInChart(days []home.SignIns) views.Chart {
	return views.Chart{Label: "Sign-ins a day", Value: "Signed in", Wrong: "Wrong password", Days: convert.All(days, func(d home.SignIns) views.ChartDay {
		return views.ChartDay{Day: d.Day, Value: d.Succeeded, Wrong: d.Refused}
	})}
}

// signInFigures returns nothing when the present session is the only sign-in: the chart would
// have one bar.
func signInFigures(data home.Home) []views.Stat {
	succeeded, refused := 0, 0
	for _, d := range data.SignIns {
		succeeded, refused = succeeded+d.Succeeded, refused+d.Refused
	}
	if succeeded+refused < 2 {
		return nil
	}
	return []views.Stat{
		{Label: "Sign-ins, 30 days", Value: strconv.Itoa(succeeded)},
		{Label: "Wrong passwords", Value: strconv.Itoa(refused)},
		{Label: "Signed in now", Value: strconv.Itoa(len(data.Sessions))},
	}
}

func eventOf(a audit.Activity) views.Event {
	return views.Event{
		Name: string(a.Event), Text: a.Text, Refused: a.Attempts, Warns: a.Warns,
		Device: a.Device, IP: a.IP, Addresses: a.Addresses, At: a.At,
	}
}
