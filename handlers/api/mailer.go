package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/mailer"
)

var _ = exportForm("emails", func(_ *fiber.Ctx, emails []mailer.Listed) fields {
	return fields{{"letters", emailsOf(emails)}}
})

// sentEmail is the JSON of an email to the user. The server does not keep its text.
type sentEmail struct {
	Kind      string    `json:"kind"`
	CreatedAt time.Time `json:"created_at"`
	Outcome   *string   `json:"outcome"`
}

func emailsOf(emails []mailer.Listed) []sentEmail {
	list := make([]sentEmail, len(emails))
	for i, m := range emails {
		list[i] = sentEmail{string(m.Kind), m.CreatedAt.UTC(), m.Outcome}
	}
	return list
}
