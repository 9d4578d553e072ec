package api

import (
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/platform/fault"
)

// session is one sign-in as the API shows it.
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

// ListSessions shows the person's browser sessions and API sign-ins alike.
func (a *API) ListSessions(c *fiber.Ctx) error {
	list, err := a.Sessions.List(c.UserContext(), gate.From(c).Scope())
	if err != nil {
		return err
	}
	return respond.JSON(c, fiber.StatusOK, map[string]any{"sessions": sessionsOf(list)})
}

func sessionsOf(list []sessions.Listed) []session {
	shown := make([]session, len(list))
	for i, s := range list {
		shown[i] = session{
			ID: s.ID.String(), Kind: s.Kind, Current: s.Current, Device: s.Device, IP: s.IP.String(),
			CreatedAt: s.CreatedAt.UTC(), LastSeenAt: s.LastSeenAt.UTC(), ExpiresAt: s.ExpiresAt.UTC(),
		}
	}
	return shown
}

// EndSession ends one of the person's sign-ins.
func (a *API) EndSession(c *fiber.Ctx) error {
	id, err := uuid.Parse(c.Params("id"))
	if err != nil {
		return fiber.ErrNotFound
	}
	ended, err := a.Sessions.End(c.UserContext(), gate.From(c).Scope(), scope.SessionID{UUID: id})
	if err != nil {
		return err
	}
	if !ended {
		return &fault.Error{Kind: fault.NotFound, Code: "not_found", Message: "There is no such session."}
	}
	return respond.NoContent(c)
}
