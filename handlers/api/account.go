package api

import (
	"encoding/json"
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
)

// export is a person's data as the file shows it, from a page and a call alike.
type export struct {
	User           user          `json:"user"`
	Sessions       []session     `json:"sessions"`
	Links          []sentLink    `json:"links"`
	Emails         []emailExport `json:"letters"`
	SecurityEvents []event       `json:"security_events"`
	Complete       bool          `json:"security_events_complete"`
}

// sentLink is a one-time link that was sent, without what opens it.
type sentLink struct {
	Purpose   string     `json:"purpose"`
	Email     string     `json:"email"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	UsedAt    *time.Time `json:"used_at"`
	VoidedAt  *time.Time `json:"voided_at"`
}

// emailExport is one that was written to the person. Its text is not kept.
type emailExport struct {
	Kind      string    `json:"kind"`
	CreatedAt time.Time `json:"created_at"`
	Outcome   *string   `json:"outcome"`
}

type event struct {
	At     time.Time       `json:"at"`
	Event  string          `json:"event"`
	IP     *string         `json:"ip"`
	Detail json.RawMessage `json:"detail"`
}

// Exported returns the data as JSON shows it.
func Exported(c *fiber.Ctx, e accounts.Export) any {
	out := export{User: userOf(c, e.User), Sessions: sessionsOf(e.SignIns), Complete: e.Complete, Links: []sentLink{}, Emails: []emailExport{}, SecurityEvents: []event{}}
	for _, l := range e.Links {
		out.Links = append(out.Links, sentLink{string(l.Purpose), l.Email, l.CreatedAt.UTC(), l.ExpiresAt.UTC(), utc(l.UsedAt), utc(l.VoidedAt)})
	}
	for _, l := range e.Emails {
		out.Emails = append(out.Emails, emailExport{string(l.Kind), l.CreatedAt.UTC(), l.Outcome})
	}
	for _, s := range e.Events {
		seen := event{At: s.At.UTC(), Event: string(s.Event), Detail: s.Detail}
		if s.IP != nil {
			ip := s.IP.String()
			seen.IP = &ip
		}
		out.SecurityEvents = append(out.SecurityEvents, seen)
	}
	return out
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// ExportMe gives everything that is kept about the person, after their password.
func (a *API) ExportMe(c *fiber.Ctx) error {
	var in struct {
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	data, err := a.Accounts.Export(c.UserContext(), gate.Named(c).Scope(), "password", in.Password)
	if err != nil {
		return err
	}
	return respond.SecretJSON(c, fiber.StatusOK, Exported(c, data))
}
