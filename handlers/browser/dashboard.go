package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/avatars"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

const dashboardPath = "/dashboard"

// Dashboard is the first page after signing in.
type Dashboard struct{}

// Routes declares the routes.
func (d Dashboard) Routes(to *route.Table) {
	to.Own.Get("/dashboard", d.Show)
}

// Show shows the dashboard. The query for the session has read all of its data,
// so it runs no further query.
func (Dashboard) Show(c *fiber.Ctx) error {
	request := gate.From(c)
	user, session := request.User(), request.Session()
	return respond.Page(c, "accounts/dashboard", views.Dashboard{
		Chrome: respond.Chrome(c), Name: user.Name, Email: user.Email, Picture: respond.AvatarPath(*user, avatars.Small),
		Bio: accounts.Bio(user.Bio).HTML(), HasBio: user.Bio != "", MemberSince: user.CreatedAt,
		Device: session.Device, IP: session.IP.String(), SignedInAt: session.CreatedAt, ExpiresAt: session.End(),
	})
}
