package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/mailer"
	"stoa/platform/convert"
)

var _ = exportForm("emails", func(_ *fiber.Ctx, emails []mailer.Listed) fields {
	return fields{{"letters", convert.All(emails, emailOf)}}
})

// sentEmail is the JSON of an email to the user. The server does not keep its text.
type sentEmail struct {
	Kind      string    `json:"kind"`
	CreatedAt time.Time `json:"created_at"`
	Outcome   *string   `json:"outcome"`
}

func emailOf(m mailer.Listed) sentEmail {
	return sentEmail{string(m.Kind), m.CreatedAt.UTC(), m.Outcome}
}
