package gate

import (
	"io"

	"github.com/gofiber/fiber/v2"
)

// File returns a file of a posted form, or nil.
func File(c *fiber.Ctx, name string) ([]byte, error) {
	form, err := c.MultipartForm()
	if err != nil || len(form.File[name]) == 0 {
		return nil, nil // not a multipart form, or no such file
	}
	file, err := form.File[name][0].Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// Field returns a field of a posted form, never a query parameter: URLs are
// stored in logs and browser histories.
func Field(c *fiber.Ctx, name string) string {
	if value := c.Request().PostArgs().Peek(name); value != nil {
		return string(value)
	}
	form, err := c.MultipartForm()
	if err != nil || len(form.Value[name]) == 0 {
		return ""
	}
	return form.Value[name][0]
}
