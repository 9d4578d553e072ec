package gate

import (
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

// ID returns the id in the path of a route with :id. It returns ErrNotFound for
// text that is not an id: there is no such page.
func ID(c *fiber.Ctx) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Params("id"))
	if err != nil {
		return uuid.UUID{}, fiber.ErrNotFound
	}
	return id, nil
}
