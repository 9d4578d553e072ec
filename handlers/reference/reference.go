// Package reference serves the OpenAPI document and the API reference page.
package reference

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/views"
)

// Reference serves the description of the API: the OpenAPI document for API
// clients, and the reference page for users.
type Reference struct{ contents func() (contents, error) }

// Routes declares the routes.
func (r *Reference) Routes(to *route.Table) {
	to.Calls.Get("/api/openapi.json", r.JSON)
	to.Public.Get("/docs/api", r.Page)
}

type contents struct {
	document respond.Fixed // JSON
	page     respond.Fixed // the HTML of the middle of the page
}

// Config has the parts that the reference needs.
type Config struct {
	BaseURL string // the public URL of the server
	Engine  fiber.Views
}

// New returns the API reference of the server. The first request renders and
// compresses the document and the page, and later requests reuse both: the start of
// the program does not wait for them, and to render them for each request would
// need a hundred times the work of the frame around the page.
func New(cfg Config) *Reference {
	return &Reference{sync.OnceValues(func() (contents, error) { return read(cfg.BaseURL, cfg.Engine) })}
}

// read returns an error only if openapi.yaml is broken; the tests find this.
func read(baseURL string, engine fiber.Views) (contents, error) {
	document, shown, err := describe(baseURL)
	if err != nil {
		return contents{}, fmt.Errorf("openapi.yaml: %w", err)
	}
	var page bytes.Buffer
	if err := engine.Render(&page, "docs/_reference", shown); err != nil {
		return contents{}, err
	}
	var all contents
	if all.document, err = respond.NewFixed(document); err == nil {
		all.page, err = respond.NewFixed(page.Bytes())
	}
	return all, err
}

// JSON returns the OpenAPI document.
func (r *Reference) JSON(c *fiber.Ctx) error {
	described, err := r.contents()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	return described.document.Send(c)
}

// Page shows the reference page.
func (r *Reference) Page(c *fiber.Ctx) error {
	described, err := r.contents()
	if err != nil {
		return err
	}
	return respond.Framed(c, "shells/public", views.APIPage{Chrome: respond.Chrome(c)}, described.page)
}
