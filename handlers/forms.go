package handlers

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/browser"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/route"
	"stoa/platform/fault"
	"stoa/views"
)

// forms.go keeps what was typed into a form when the session changes before it is sent.
// It holds for every form of every resource: the page of a form comes from the table of
// routes, and the text is filled into its HTML.

var (
	formOutdated = respond.NewFlash("form-outdated", views.Warn, gate.Outdated.Message)
	noCookies    = respond.NewFlash("no-cookies", views.Warn, gate.NoCookies.Message)
)

// keepTyped responds to a form of the route that is refused because of its session.
func keepTyped(t *route.Table, r route.Route) fiber.Handler {
	pattern := t.PageOf(r.Group, r.Path)
	return func(c *fiber.Ctx) error {
		err := c.Next()
		f := fault.As(err)
		if f == nil || c.Method() != fiber.MethodPost {
			return err
		}
		page := formPage(c, t, pattern)
		switch {
		case f.Kind == fault.Unauthenticated:
			return browser.SignInFirst(c, gate.TypedIn(c, page), err)
		case page == "":
			return err
		case f == gate.Outdated:
			return respond.Again(c, fiber.StatusForbidden, gate.TypedIn(c, page), formOutdated, err)
		case f == gate.NoCookies:
			return respond.Again(c, fiber.StatusForbidden, gate.TypedIn(c, page), noCookies, err)
		}
		return err
	}
}

// formPage returns the path and the query of the page with the form that was sent. A form
// without a page of its own, such as one in a banner, stands on the page that sent it. It
// returns "" if that is none of ours.
func formPage(c *fiber.Ctx, t *route.Table, pattern string) string {
	from := gate.PagePath(c)
	path, query, _ := strings.Cut(from, "?")
	if pattern == "/" {
		if c.Get(fiber.HeaderReferer) == "" || !slices.ContainsFunc(t.Routes(), func(r route.Route) bool {
			return r.Page() && r.Method == fiber.MethodGet && fiber.RoutePatternMatch(path, r.Path)
		}) {
			return ""
		}
		return from
	}
	page := concrete(pattern, c.Path())
	if sent := string(c.Request().URI().QueryString()); sent != "" {
		return page + "?" + sent
	}
	if path == page && query != "" {
		return page + "?" + query
	}
	return page
}
