package api

import (
	"encoding/json"
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
)

// Account is the user's account as a whole.
type Account struct{ accounts *accounts.Accounts }

// Delete deletes the account if the password is correct.
func (a Account) Delete(c *fiber.Ctx) error {
	var in struct {
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	if err := a.accounts.Delete(c.UserContext(), gate.From(c).Scope(), "password", in.Password); err != nil {
		return err
	}
	return respond.NoContent(c)
}

// Export returns all stored data of the user if the password is correct.
func (a Account) Export(c *fiber.Ctx) error {
	var in struct {
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	data, err := a.accounts.Export(c.UserContext(), gate.From(c).Scope(), "password", in.Password)
	if err != nil {
		return err
	}
	return respond.SecretJSON(c, fiber.StatusOK, Exported(c, data))
}

// export is the JSON of a user's data, in the API and in the file that the
// pages offer.
type export struct {
	User           user          `json:"user"`
	Sessions       []session     `json:"sessions"`
	Links          []sentLink    `json:"links"`
	Emails         []emailExport `json:"letters"`
	SecurityEvents []event       `json:"security_events"`
	Complete       bool          `json:"security_events_complete"`
}

// sentLink is a one-time link that was sent, without its token.
type sentLink struct {
	Purpose   string     `json:"purpose"`
	Email     string     `json:"email"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	UsedAt    *time.Time `json:"used_at"`
	VoidedAt  *time.Time `json:"voided_at"`
}

// emailExport is an email to the user. The server does not keep its text.
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

// Exported returns a user's data in the form that JSON shows.
func Exported(c *fiber.Ctx, e accounts.Export) any {
	out := export{User: userOf(c, e.User), Sessions: sessionsOf(e.SignIns), Complete: e.Complete, Links: []sentLink{}, Emails: []emailExport{}, SecurityEvents: []event{}}
	for _, l := range e.Links {
		out.Links = append(out.Links, sentLink{string(l.Purpose), l.Email, l.CreatedAt.UTC(), l.ExpiresAt.UTC(), utc(l.UsedAt), utc(l.VoidedAt)})
	}
	for _, m := range e.Emails {
		out.Emails = append(out.Emails, emailExport{string(m.Kind), m.CreatedAt.UTC(), m.Outcome})
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
