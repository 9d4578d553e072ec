package handlers

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/route"
)

// redirects registers the paths that a user may have in the URL bar without a page of
// their own: those to which only forms are sent, which a browser shows after a refused
// form, those above a page, and those of a page with a slash at the end.
func redirects(app *fiber.App, t *route.Table) {
	for path, page := range t.Redirects() {
		to := func(c *fiber.Ctx) error { return c.Redirect(concrete(page, c.Path()), fiber.StatusSeeOther) }
		app.Get(path, to)
		app.Get(path+"/", to)
	}
	for _, r := range t.Routes() {
		if r.Page() && r.Method == fiber.MethodGet && r.Path != "/" {
			app.Get(r.Path+"/", withoutSlash)
		}
	}
	// Password managers look there for the form (W3C, A Well-Known URL for Changing
	// Passwords).
	app.Get("/.well-known/change-password", func(c *fiber.Ctx) error { return c.Redirect("/settings/password") })
}

func withoutSlash(c *fiber.Ctx) error {
	to := strings.TrimRight(c.Path(), "/")
	if query := string(c.Request().URI().QueryString()); query != "" {
		to += "?" + query
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

// concrete returns the path of a pattern, with the parameters of a path that begins alike.
func concrete(pattern, path string) string {
	segments, values := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, ":") {
			segments[i] = values[i]
		}
	}
	return strings.Join(segments, "/")
}
