package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/onetime"
)

var _ = exportForm("links", func(_ *fiber.Ctx, links []onetime.Link) fields {
	return fields{{"links", linksOf(links)}}
})

// sentLink is the JSON of a one-time link that was sent, without its token.
type sentLink struct {
	Purpose   string     `json:"purpose"`
	Email     string     `json:"email"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	UsedAt    *time.Time `json:"used_at"`
	VoidedAt  *time.Time `json:"voided_at"`
}

func linksOf(links []onetime.Link) []sentLink {
	list := make([]sentLink, len(links))
	for i, l := range links {
		list[i] = sentLink{string(l.Purpose), l.Email, l.CreatedAt.UTC(), l.ExpiresAt.UTC(), utc(l.UsedAt), utc(l.VoidedAt)}
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
