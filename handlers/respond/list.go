package respond

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/gate"
	"stoa/platform/convert"
	"stoa/platform/page"
	"stoa/views"
)

// itemsJSON is the JSON of a page of a list.
type itemsJSON[J any] struct {
	Items      []J         `json:"items"`
	NextCursor page.Cursor `json:"next_cursor,omitempty"` // not on the last page
}

// Items responds with what a verb returned: a page of a list, each item as show returns
// it, with the cursor of the next page, or its error.
func Items[T, J any](c *fiber.Ctx, p page.Of[T], err error, show func(T) J) error {
	if err != nil {
		return err
	}
	return JSON(c, fiber.StatusOK, itemsJSON[J]{convert.All(p.Items, show), p.Next})
}

// Pager returns the links to the first and the next page of the list at path, with
// the search and the other parameters of the request. A form in the list has the
// Query of the Pager in its action, so that the request that changes the list has the
// same parameters, and its response shows the same page of the list.
func Pager(c *fiber.Ctx, path string, next page.Cursor) views.Pager {
	shown := gate.Cursor(c)
	p := views.Pager{Query: strings.TrimPrefix(listPath(c, path, shown), path)}
	if shown != "" {
		p.First = listPath(c, path, "")
	}
	if next != "" {
		p.Next = listPath(c, path, next)
	}
	return p
}

// listPath returns the path with the parameters of the request and that cursor.
func listPath(c *fiber.Ctx, path string, cursor page.Cursor) string {
	query, _ := url.ParseQuery(string(c.Request().URI().QueryString())) // without malformed parameters
	query.Del("cursor")
	if cursor != "" {
		query.Set("cursor", string(cursor))
	}
	target := url.URL{Path: path, RawQuery: query.Encode()}
	return target.String()
}
