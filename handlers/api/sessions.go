package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/platform/convert"
)

// Sessions are the user's sessions, of browsers and of API clients.
type Sessions struct{ sessions *sessions.Sessions }

// Routes declares the routes.
func (s Sessions) Routes(to *route.Table) {
	to.OwnCalls.Get("/api/users/me/sessions", s.List)
	to.OwnCalls.Delete("/api/users/me/sessions/:id", s.End)
}

var _ = exportList("sessions", sessionOf)

// session is the JSON of a session.
type session struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	Current    bool      `json:"current"`
	Device     string    `json:"device"`
	IP         string    `json:"ip"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	ExpiresAt  time.Time `json:"expires_at"`
}

func sessionOf(s sessions.Listed) session {
	return session{
		ID: s.ID.String(), Kind: s.Kind, Current: s.Current, Device: s.Device, IP: s.IP.String(),
		CreatedAt: s.CreatedAt.UTC(), LastSeenAt: s.LastSeenAt.UTC(), ExpiresAt: s.ExpiresAt.UTC(),
	}
}

// List returns the sessions.
func (s Sessions) List(c *fiber.Ctx) error {
	list, err := s.sessions.List(c.UserContext(), gate.From(c).Scope())
	if err != nil {
		return err
	}
	return respond.JSON(c, fiber.StatusOK, map[string]any{"sessions": convert.All(list, sessionOf)})
}

// End ends one session.
func (s Sessions) End(c *fiber.Ctx) error {
	return respond.NoContent(c, s.sessions.End(c.UserContext(), gate.From(c).Scope(), gate.ID[scope.SessionID](c)))
}
