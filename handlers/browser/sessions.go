package browser

import (
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/platform/fault"
	"stoa/views"
)

const sessionsPath = "/settings/sessions"

// ListSessions shows where the person is signed in.
func (p *Pages) ListSessions(c *fiber.Ctx) error {
	list, err := p.Sessions.List(c.UserContext(), gate.From(c).Scope())
	if err != nil {
		return err
	}
	return respond.Page(c, "accounts/sessions", sessionsPage(respond.Chrome(c), list))
}

// EndSession signs one device or program out. This browser's own counts as
// signing out.
func (p *Pages) EndSession(c *fiber.Ctx) error {
	v := gate.From(c)
	id, err := uuid.Parse(c.Params("id"))
	if err != nil {
		return fiber.ErrNotFound
	}
	if id == v.Scope().Session.UUID {
		return p.Logout(c)
	}
	ended, err := p.Sessions.End(c.UserContext(), v.Scope(), scope.SessionID{UUID: id})
	if err != nil {
		return err
	}
	if !ended {
		return &fault.Error{Kind: fault.NotFound, Code: "not_found", Message: "There is no such session."}
	}
	return p.showList(c, "session-ended")
}

// EndOtherSessions signs every other device and program out.
func (p *Pages) EndOtherSessions(c *fiber.Ctx) error {
	if _, err := p.Sessions.EndOthers(c.UserContext(), gate.From(c).Scope()); err != nil {
		return err
	}
	return p.showList(c, "sessions-ended")
}

func (p *Pages) showList(c *fiber.Ctx, note string) error {
	list, err := p.Sessions.List(c.UserContext(), gate.From(c).Scope())
	if err != nil {
		return err
	}
	return respond.Saved(c, sessionsPath, note, "accounts/_sessions_list", func(chrome views.Chrome) any {
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
