package gate

import (
	"cmp"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"stoa/platform/page"
	"stoa/platform/text"
)

// ID returns the id in the path of a route with :id, such as gate.ID[bookmarks.ID](c).
// It is zero for text that is not an id. No row has the zero id, so the verb returns
// NotFound as for every unknown id.
func ID[T ~struct{ uuid.UUID }](c *fiber.Ctx) T {
	id, _ := uuid.Parse(c.Params("id")) // zero with an error
	return T(struct{ uuid.UUID }{id})
}

// Cursor returns the cursor of the requested page of a list, "" for the first page.
// The verb that reads the list checks it.
func Cursor(c *fiber.Ctx) page.Cursor { return page.Cursor(c.Query("cursor")) }

const maxSearch = 100 // characters

// Search returns the text to search a list for: the parameter q without surrounding
// white space, cut to 100 characters. It is "" for text that PostgreSQL cannot hold.
func Search(c *fiber.Ctx) string {
	q := strings.TrimSpace(c.Query("q"))
	if !text.Valid(q) {
		return ""
	}
	if characters := []rune(q); len(characters) > maxSearch {
		return string(characters[:maxSearch])
	}
	return q
}

// Param returns a query parameter of a page, or the field of that name when the page is
// shown in response to its form.
func Param(c *fiber.Ctx, name string) string { return cmp.Or(c.Query(name), Field(c, name)) }
