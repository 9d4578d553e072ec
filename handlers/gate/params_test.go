package gate

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
)

func TestID(t *testing.T) {
	t.Parallel()
	app := fiber.New()
	app.Get("/:id", func(c *fiber.Ctx) error {
		_, err := ID(c)
		return err
	})
	for path, want := range map[string]int{"/0199f3c2-7a51-7c64-9b1e-5d2f8f1c0a34": 200, "/x": 404, "/0199f3c2": 404, "/%00": 404} {
		if res, err := app.Test(httptest.NewRequest("GET", path, nil), -1); err != nil || res.StatusCode != want {
			t.Errorf("GET %s = %v, %v; want %d", path, res, err, want)
		}
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	app := fiber.New(fiber.Config{Immutable: true})
	var got string
	app.Get("/", func(c *fiber.Ctx) error {
		got = Search(c)
		return nil
	})
	for query, want := range map[string]string{
		"": "", "?q=+a+b+": "a b", "?q=%00": "", "?q=a%ff": "", "?q=" + strings.Repeat("%C3%BC", 101): strings.Repeat("ü", 100), "?Q=a": "",
	} {
		if _, err := app.Test(httptest.NewRequest("GET", "/"+query, nil), -1); err != nil || got != want {
			t.Errorf("Search(%.20q) = %q, %v; want %q", query, got, err, want)
		}
	}
}
