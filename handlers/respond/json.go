package respond

import (
	"encoding/json"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/transport"
	"stoa/platform/fault"
)

const problemJSON = "application/problem+json"

// Problem is an error as the API tells it (RFC 9457).
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

// JSON answers with v. Nobody on the way may keep it: it is one person's.
func JSON(c *fiber.Ctx, status int, v any) error {
	c.Set(fiber.HeaderCacheControl, privateNoCache)
	return write(c, status, v)
}

// SecretJSON answers with tokens: never stored, never compressed.
func SecretJSON(c *fiber.Ctx, status int, v any) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return write(c, status, v)
}

// NoContent answers that it is done and there is nothing to say (204).
func NoContent(c *fiber.Ctx) error {
	c.Status(fiber.StatusNoContent)
	return nil
}

// Accepted answers that it will be done, and there is nothing to say yet (202).
func Accepted(c *fiber.Ctx) error {
	c.Status(fiber.StatusAccepted)
	return nil
}

func write(c *fiber.Ctx, status int, v any) error {
	body, err := json.Marshal(v)
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
