package api

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json/v1"
	"github.com/gofiber/fiber/v2"

	"stoa/domain/audit"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/personaldata"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
)

// Account is the user's account as a whole.
type Account struct{ data *personaldata.PersonalData }

// Routes declares the routes.
func (a Account) Routes(to *route.Table) {
	to.OwnCalls.Delete("/api/users/me", a.Delete)
	to.OwnCalls.Post("/api/users/me/export", a.Export)
}

// Delete deletes the account if the password is correct.
func (a Account) Delete(c *fiber.Ctx) error {
	var in struct {
		Password string `json:"password"`
	}
	if err := respond.DecodeJSON(c, &in); err != nil {
		return err
	}
	if err := a.data.Delete(c.UserContext(), gate.From(c).Scope(), "password", in.Password); err != nil {
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
	data, err := a.data.Export(c.UserContext(), gate.From(c).Scope(), "password", in.Password)
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

// Exported returns a user's data in the form that JSON shows. It panics for a part
// without a field in export, so that the tests fail.
func Exported(c *fiber.Ctx, data personaldata.Data) any {
	var out export
	for name, part := range data {
		switch part := part.(type) {
		case scope.User:
			out.User = userOf(c, part)
		case []sessions.Listed:
			out.Sessions = sessionsOf(part)
		case []onetime.Link:
			out.Links = linksOf(part)
		case []mailer.Listed:
			out.Emails = emailsOf(part)
		case audit.History:
			out.SecurityEvents, out.Complete = eventsOf(part.Events), part.Complete
		default:
			panic(fmt.Sprintf("api: the export has no field for %s", name))
		}
	}
	return out
}

func linksOf(links []onetime.Link) []sentLink {
	list := make([]sentLink, len(links))
	for i, l := range links {
		list[i] = sentLink{string(l.Purpose), l.Email, l.CreatedAt.UTC(), l.ExpiresAt.UTC(), utc(l.UsedAt), utc(l.VoidedAt)}
	}
	return list
}

func emailsOf(emails []mailer.Listed) []emailExport {
	list := make([]emailExport, len(emails))
	for i, m := range emails {
		list[i] = emailExport{string(m.Kind), m.CreatedAt.UTC(), m.Outcome}
	}
	return list
}

func eventsOf(events []audit.Seen) []event {
	list := make([]event, len(events))
	for i, s := range events {
		list[i] = event{At: s.At.UTC(), Event: string(s.Event), Detail: s.Detail}
		if s.IP != nil {
			ip := s.IP.String()
			list[i].IP = &ip
		}
	}
	return list
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
