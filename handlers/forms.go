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
func (s *site) keepTyped(t *route.Table, r route.Route) fiber.Handler {
	pattern := t.PageOf(r.Group, r.Path)
	return func(c *fiber.Ctx) error {
		err := c.Next()
		f := fault.As(err)
		if f == nil || c.Method() != fiber.MethodPost {
			return err
		}
		if f == gate.Outdated || f.Kind == fault.Unauthenticated {
			if done, err := browser.FormRepeated(c, s.Domain); done || err != nil {
				return err
			}
		}
		page := formPage(c, t, pattern, pattern == r.Path)
		switch {
		case page == "":
			return err
		case f == gate.Outdated:
			return respond.Again(c, fiber.StatusForbidden, gate.TypedIn(c, page), formOutdated, err)
		case f == gate.NoCookies:
			return respond.Again(c, fiber.StatusForbidden, gate.TypedIn(c, page), noCookies, err)
		case f.Kind == fault.Unauthenticated:
			return browser.SignInFirst(c, gate.TypedIn(c, page), err)
		}
		return err
	}
}

// formPage returns the path and the query of the page with the form that was sent, or "".
// It is the page with the path of the form, if there is one, else the page that sent the
// form, else the page of the pattern.
func formPage(c *fiber.Ctx, t *route.Table, pattern string, same bool) string {
	from := ""
	if c.Get(fiber.HeaderReferer) != "" {
		from = gate.PagePath(c)
	}
	path, query, _ := strings.Cut(from, "?")
	isPage := func(r route.Route) bool {
		return r.Page() && r.Method == fiber.MethodGet && fiber.RoutePatternMatch(path, r.Path)
	}
	page := concrete(pattern, c.Path())
	switch sent := string(c.Request().URI().QueryString()); {
	case !same && from != "" && slices.ContainsFunc(t.Routes(), isPage):
		return from
	case page == "/":
		return ""
	case sent != "":
		return page + "?" + sent
	case path == page && query != "":
		return from
	}
	return page
}
