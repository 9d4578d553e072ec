package browser

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

const sessionsPath = "/settings/sessions"

var (
	sessionEnded  = respond.NewFlash("session-ended", views.OK, "That session is signed out.")
	sessionsEnded = respond.NewFlash("sessions-ended", views.OK, "All other sessions are signed out.")
)

// Sessions are the user's sessions, of browsers and of API clients.
type Sessions struct{ sessions *sessions.Sessions }

// Routes declares the routes.
func (s Sessions) Routes(to *route.Table) {
	to.Own.Get("/settings/sessions", s.List)
	to.Own.Post("/settings/sessions/revoke-others", s.EndOthers)
	to.Own.Post("/settings/sessions/:id/revoke", s.End)
}

// List shows the sessions.
func (s Sessions) List(c *fiber.Ctx) error {
	list, err := s.sessions.List(c.UserContext(), gate.From(c).Scope())
	if err != nil {
		return err
	}
	return respond.Page(c, "accounts/sessions", sessionsPage(respond.Chrome(c), list))
}

// End ends one session. If it is the session of this browser, End signs the
// browser out.
func (s Sessions) End(c *fiber.Ctx) error {
	sc, id := gate.From(c).Scope(), gate.ID[scope.SessionID](c)
	if id == sc.Session {
		return Login{}.Delete(c)
	}
	if err := s.sessions.End(c.UserContext(), sc, id); err != nil {
		return err
	}
	return s.showList(c, sessionEnded)
}

// EndOthers ends all sessions of the user except that of this browser.
func (s Sessions) EndOthers(c *fiber.Ctx) error {
	if _, err := s.sessions.EndOthers(c.UserContext(), gate.From(c).Scope()); err != nil {
		return err
	}
	return s.showList(c, sessionsEnded)
}

func (s Sessions) showList(c *fiber.Ctx, flash respond.Flash) error {
	list, err := s.sessions.List(c.UserContext(), gate.From(c).Scope())
	if err != nil {
		return err
	}
	return respond.Saved(c, sessionsPath, flash, "accounts/_sessions_list", func(chrome views.Chrome) any {
		return sessionsPage(chrome, list)
	})
}

func sessionsPage(chrome views.Chrome, list []sessions.Listed) views.Sessions {
	page := views.Sessions{Chrome: chrome, Rows: make([]views.SessionRow, len(list))}
	for i, s := range list {
		page.Rows[i] = views.SessionRow{
			ID: s.ID.String(), Kind: s.Kind, Device: s.Device, IP: s.IP.String(), Current: s.Current,
			CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt,
		}
		if !s.Current {
			page.Others++
		}
	}
	return page
}

// endedText is the part of a flash that gives the number of ended sessions.
func endedText(ended int) string {
	switch ended {
	case 0:
		return "Nobody was signed in to your account."
	case 1:
		return "The one device or program that was signed in has been signed out."
	}
	return fmt.Sprintf("All %d devices and programs that were signed in have been signed out.", ended)
}
