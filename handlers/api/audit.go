package api

import (
	"time"

	"github.com/go-json-experiment/json/v1"
	"github.com/gofiber/fiber/v2"

	"stoa/domain/audit"
	"stoa/platform/convert"
)

var _ = exportForm("events", func(_ *fiber.Ctx, history audit.History) fields {
	return fields{{"security_events", convert.All(history.Events, eventOf)}, {"security_events_complete", history.Complete}}
})

// event is the JSON of a security event.
type event struct {
	At     time.Time       `json:"at"`
	Event  string          `json:"event"`
	IP     *string         `json:"ip"`
	Detail json.RawMessage `json:"detail"`
}

func eventOf(s audit.Seen) event {
	shown := event{At: s.At.UTC(), Event: string(s.Event), Detail: s.Detail}
	if s.IP != nil {
		ip := s.IP.String()
		shown.IP = &ip
	}
	return shown
}
