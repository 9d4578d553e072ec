// Package reference serves the OpenAPI document and the pages of the API reference.
package reference

import (
	"fmt"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/platform/fault"
	"stoa/views"
)

// Reference serves the description of the API: the OpenAPI document for API
// clients, and for users an index with a page for each noun.
type Reference struct{ all func() (*contents, error) }

// Routes declares the routes.
func (r *Reference) Routes(to *route.Table) {
	to.Calls.Get("/api/openapi.json", r.JSON)
	to.Public.Get("/docs/api", r.Index)
	to.Public.Get("/docs/api/:noun", r.Noun)
}

// Config has the parts that the reference needs.
type Config struct {
	BaseURL string // the public URL of the server
	Engine  fiber.Views
}

// New returns the API reference of the server. The first request of a page renders and
// compresses it, and later requests reuse it: the start of the program does not wait for
// the reference, and to render a page for each request would need a hundred times the
// work of the frame around it.
func New(cfg Config) *Reference {
	return &Reference{sync.OnceValues(func() (*contents, error) { return read(cfg) })}
}

// JSON returns the OpenAPI document.
func (r *Reference) JSON(c *fiber.Ctx) error {
	all, err := r.all()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	return all.document.Send(c)
}

// Index shows the first page, or with the parameter q the operations that it finds.
func (r *Reference) Index(c *fiber.Ctx) error {
	all, err := r.all()
	if err != nil {
		return err
	}
	if words := strings.Fields(c.Query("q")); len(words) > 0 {
		return all.search(c, words)
	}
	return r.page(c, all, views.APINoun{}, all.shown.Summary)
}

// Noun shows the page of a noun.
func (r *Reference) Noun(c *fiber.Ctx) error {
	all, err := r.all()
	if err != nil {
		return err
	}
	for _, noun := range all.shown.Nouns {
		if noun.ID == c.Params("noun") {
			return r.page(c, all, noun, noun.Name+" in the Stoa API: "+views.PlainText(noun.Description))
		}
	}
	return fault.NoSuch("page")
}

func (r *Reference) page(c *fiber.Ctx, all *contents, noun views.APINoun, about string) error {
	middle, err := all.pages[pageKey{noun.ID, chosen(c)}]()
	if err != nil {
		return err
	}
	frame := views.APIPage{Chrome: respond.Chrome(c), Name: noun.Name, Description: about}
	return respond.Framed(c, "shells/reference", frame, middle)
}

// chosen returns the language that the URL asks for, or "" for the usual one.
func chosen(c *fiber.Ctx) string {
	for _, l := range languages[1:] {
		if l.ID == c.Query("lang") {
			return l.ID
		}
	}
	return ""
}

func (all *contents) search(c *fiber.Ctx, words []string) error {
	page := views.APISearch{
		APIPage: views.APIPage{Chrome: respond.Chrome(c), Name: "Search"},
		Nav:     all.nav("", chosen(c)),
	}
	page.Nav.Search = strings.Join(words, " ")
	for _, noun := range all.shown.Nouns {
		var found []views.APIOperation
		for _, op := range noun.Operations {
			if op.Matches(words) {
				found = append(found, op)
			}
		}
		if noun.Operations = found; len(found) > 0 {
			page.Found = append(page.Found, noun)
		}
	}
	return respond.Page(c, "docs/search", page)
}

// read returns an error only if openapi.yaml is broken; the tests find this.
func read(cfg Config) (*contents, error) {
	document, shown, err := describe(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	all := &contents{shown: shown, pages: map[pageKey]func() (respond.Fixed, error){}}
	if all.document, err = respond.NewFixed(document); err != nil {
		return nil, err
	}
	for _, l := range languages {
		for _, noun := range append([]views.APINoun{{}}, shown.Nouns...) {
			key := pageKey{noun.ID, l.ID}
			if l.ID == languages[0].ID {
				key.lang = ""
			}
			all.pages[key] = sync.OnceValues(func() (respond.Fixed, error) { return all.render(cfg.Engine, noun, key.lang) })
		}
	}
	return all, nil
}
