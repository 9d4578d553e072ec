package route_test

import (
	"testing"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/route"
)

// noun has the routes of a list with items, as docs/development.md describes them.
type noun struct{}

func (noun) Routes(to *route.Table) {
	h := func(*fiber.Ctx) error { return nil }
	to.Own.Get("/bookmarks", h)
	to.Own.Get("/bookmarks/new", h)
	to.Own.Post("/bookmarks/new", h)
	to.Own.Get("/bookmarks/:id/edit", h)
	to.Own.Post("/bookmarks/:id/edit", h)
	to.Own.Post("/bookmarks/:id/delete", h)
	to.Own.Get("/settings/profile", h)
	to.Own.Get("/settings/account", h)
	to.Own.Post("/settings/account/export", h)
}

func TestPageOf(t *testing.T) {
	t.Parallel()
	table := route.TableOf([]route.Resource{noun{}})
	for at, want := range map[string]string{
		"/bookmarks":               "/bookmarks",
		"/bookmarks/new":           "/bookmarks/new",
		"/bookmarks/:id/edit":      "/bookmarks/:id/edit",
		"/bookmarks/:id":           "/bookmarks", // :id would also match new
		"/bookmarks/:id/delete":    "/bookmarks",
		"/settings":                "/settings/profile",
		"/settings/account/export": "/settings/account",
		"/other":                   "/",
	} {
		if got := table.PageOf(route.Own, at); got != want {
			t.Errorf("PageOf(%s) = %s, want %s", at, got, want)
		}
	}
}
