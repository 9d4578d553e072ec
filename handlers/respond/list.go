package respond

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/gate"
	"stoa/platform/page"
	"stoa/views"
)

// itemsJSON is the JSON of a page of a list.
type itemsJSON[J any] struct {
	Items      []J         `json:"items"`
	NextCursor page.Cursor `json:"next_cursor,omitempty"` // not on the last page
}

// Items responds with a page of a list, each item as show returns it, and the
// cursor of the next page.
func Items[T, J any](c *fiber.Ctx, p page.Of[T], show func(T) J) error {
	list := itemsJSON[J]{Items: make([]J, len(p.Items)), NextCursor: p.Next}
	for i, item := range p.Items {
		list.Items[i] = show(item)
	}
	return JSON(c, fiber.StatusOK, list)
}

// Pager returns the links to the first and the next page of the list that the
// request shows. They keep its search and its other parameters.
func Pager(c *fiber.Ctx, next page.Cursor) views.Pager {
	var p views.Pager
	if gate.Cursor(c) != "" {
		p.First = listPath(c, "")
	}
	if next != "" {
		p.Next = listPath(c, next)
	}
	return p
}

// listPath returns the URL of the request with another cursor.
func listPath(c *fiber.Ctx, cursor page.Cursor) string {
	query, _ := url.ParseQuery(string(c.Request().URI().QueryString())) // without malformed parameters
	query.Del("cursor")
	if cursor != "" {
		query.Set("cursor", string(cursor))
	}
	path := url.URL{Path: c.Path(), RawQuery: query.Encode()}
	return path.String()
}
