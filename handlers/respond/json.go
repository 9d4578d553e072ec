package respond

import (
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
	"github.com/gofiber/fiber/v2"

	"stoa/handlers/transport"
	"stoa/platform/fault"
)

const problemJSON = "application/problem+json"

// Problem is an error response of the API (RFC 9457).
type Problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail"`
	Code      string         `json:"code"`
	RequestID string         `json:"request_id"`
	Errors    []ProblemField `json:"errors,omitempty"`
}

// ProblemField is one refused input.
type ProblemField struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// JSON responds with v. Shared caches must not store it, because it belongs to
// one user.
func JSON(c *fiber.Ctx, status int, v any) error {
	c.Set(fiber.HeaderCacheControl, privateNoCache)
	return write(c, status, v)
}

// SecretJSON responds with v, which has tokens. The response is neither cached
// nor compressed.
func SecretJSON(c *fiber.Ctx, status int, v any) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return write(c, status, v)
}

// Item responds with what a verb returned: the item as show returns it, or its error.
func Item[T, J any](c *fiber.Ctx, status int, item T, err error, show func(T) J) error {
	if err != nil {
		return err
	}
	return JSON(c, status, show(item))
}

// NoContent responds to a verb that returned err: with 204 if it is nil.
func NoContent(c *fiber.Ctx, err error) error {
	if err == nil {
		c.Status(fiber.StatusNoContent)
	}
	return err
}

// Accepted responds to a verb that returned err: with 202 if it is nil, because a job
// will do the work.
func Accepted(c *fiber.Ctx, err error) error {
	if err == nil {
		c.Status(fiber.StatusAccepted)
	}
	return err
}

// times writes a time in UTC with six digits after the point, as PostgreSQL has
// them: clients that compare or sort texts need a fixed form.
var times = json.WithMarshalers(json.MarshalFunc(func(t time.Time) ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000000Z"`), nil
}))

func write(c *fiber.Ctx, status int, v any) error {
	body, err := json.Marshal(v, jsonv1.DefaultOptionsV1(), times)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Status(status).Send(body)
}

func problem(c *fiber.Ctx, status int, f *fault.Error) error {
	in := transport.From(c)
	p := Problem{
		Type: in.Absolute("/docs/api#errors-" + f.Code), Title: http.StatusText(status), Status: status, Detail: f.Message,
		Code: f.Code, RequestID: in.ID,
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, ProblemField{field.Name, field.Code, field.Message})
	}
	if f.Kind == fault.Unauthenticated {
		c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	}
	if err := SecretJSON(c, status, p); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, problemJSON)
	return nil
}
