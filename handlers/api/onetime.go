package api

import (
	"time"

	"stoa/domain/onetime"
)

var _ = exportList("links", linkOf)

// sentLink is the JSON of a one-time link that was sent, without its token.
type sentLink struct {
	Purpose   string     `json:"purpose"`
	Email     string     `json:"email"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	UsedAt    *time.Time `json:"used_at"`
	VoidedAt  *time.Time `json:"voided_at"`
}

func linkOf(l onetime.Link) sentLink {
	return sentLink{string(l.Purpose), l.Email, l.CreatedAt.UTC(), l.ExpiresAt.UTC(), utc(l.UsedAt), utc(l.VoidedAt)}
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
