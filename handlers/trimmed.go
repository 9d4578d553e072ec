package handlers

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/gate"
	"stoa/handlers/route"
)

// trimmed redirects a link from an email that ends in characters of the text around
// it, such as "/settings/sessions)." No path of ours ends in such a character.
func trimmed(c *fiber.Ctx) error {
	path := trimPath(c.Path())
	switch {
	case path == c.Path(), c.Method() != fiber.MethodGet, strings.HasPrefix(path, "/api/"):
		return c.Next()
	case strings.HasSuffix(path, "/") && path != "/": // a parameter of only such characters
		return c.Next()
	}
	if query := string(c.Request().URI().QueryString()); query != "" {
		path += "?" + query
	}
	if path = gate.OwnPath(path); path == "" {
		return c.Next()
	}
	return c.Redirect(path, fiber.StatusSeeOther)
}

// singleSlashes redirects a path with several slashes in place of one, such as "//login",
// if a page of ours has the path. The page is a path on this host: "//evil.example" is none.
func singleSlashes(t *route.Table) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if c.Method() != fiber.MethodGet || !strings.Contains(c.Path(), "//") {
			return c.Next()
		}
		path := "/" + strings.Join(strings.FieldsFunc(c.Path(), func(r rune) bool { return r == '/' }), "/")
		isPage := func(r route.Route) bool {
			return r.Page() && r.Method == fiber.MethodGet && fiber.RoutePatternMatch(path, r.Path)
		}
		if gate.OwnPath(path) == "" || !slices.ContainsFunc(t.Routes(), isPage) {
			return c.Next()
		}
		if query := string(c.Request().URI().QueryString()); query != "" {
			path += "?" + query
		}
		return c.Redirect(path, fiber.StatusSeeOther)
	}
}

// trimPath returns the path of a request without the characters at its end that end no
// path, in clear or percent-encoded.
func trimPath(path string) string {
	for {
		shorter := strings.TrimRight(path, ".,;:!?'\"`*_|()[]{}<>")
		if at := len(shorter) - len("%20"); at > 0 && shorter[at] == '%' {
			char, err := url.PathUnescape(shorter[at:])
			if err == nil && !isAlphanumeric(char[0]) {
				shorter = shorter[:at]
			}
		}
		if shorter == path {
			return path
		}
		path = shorter
	}
}

func isAlphanumeric(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
}
