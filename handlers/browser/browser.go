// Package browser has the pages: one file per resource. A handler reads the
// input, calls one domain verb and answers.
package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/avatars"
	"stoa/domain/onetime"
	"stoa/domain/sessions"
	"stoa/domain/signin"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/platform/devmail"
	"stoa/views"
)

// Pages answers browsers.
type Pages struct {
	Accounts *accounts.Accounts
	Avatars  *avatars.Avatars
	Sessions *sessions.Sessions
	Onetime  *onetime.Links
	Signin   *signin.Authenticator
	Devmail  *devmail.Store // of a development server; nil when mail is sent
}

// dashboard is where people land after signing in.
const dashboard = "/dashboard"

// Landing shows the front page; whoever is signed in goes to the dashboard.
func (p *Pages) Landing(c *fiber.Ctx) error {
	if gate.From(c).SignedIn() {
		return respond.Redirect(c, dashboard, "")
	}
	return respond.Page(c, "public/landing", views.Landing{Chrome: respond.Chrome(c)})
}

// Dashboard shows the signed-in person's first page. All of it came with the
// look-up of the session: it asks the database nothing more.
func (p *Pages) Dashboard(c *fiber.Ctx) error {
	v := gate.From(c)
	person, session := v.Scope().User, v.Session()
	return respond.Page(c, "accounts/dashboard", views.Dashboard{
		Chrome: respond.Chrome(c), Name: person.Name, Email: person.Email, Picture: respond.AvatarPath(*person, avatars.Small),
		Bio: accounts.Bio(person.Bio).HTML(), HasBio: person.Bio != "", MemberSince: person.CreatedAt,
		Device: session.Device, IP: session.IP.String(), SignedInAt: session.CreatedAt, ExpiresAt: session.End(),
	})
}

// Theme remembers the theme that this browser shows, signed in or not.
func (p *Pages) Theme(c *fiber.Ctx) error {
	if !gate.From(c).SetTheme(c, gate.Field(c, "theme")) {
		return fiber.NewError(fiber.StatusUnprocessableEntity)
	}
	next := gate.OwnPath(gate.Field(c, "next"))
	if next == "" {
		next = gate.PagePath(c)
	}
	return respond.NoStore(c, respond.Redirect(c, next, "")) // a link's page has its token in its address
}

// Kit shows every part in every state, in development.
func (p *Pages) Kit(c *fiber.Ctx) error {
	return respond.Page(c, "dev/kit", views.Kit{Chrome: respond.Chrome(c)})
}
