package gate

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/scope"
)

func TestID(t *testing.T) {
	t.Parallel()
	const id, zero = "0199f3c2-7a51-7c64-9b1e-5d2f8f1c0a34", "00000000-0000-0000-0000-000000000000"
	app := fiber.New()
	var got scope.SessionID
	app.Get("/:id", func(c *fiber.Ctx) error {
		got = ID[scope.SessionID](c)
		return nil
	})
	for path, want := range map[string]string{"/" + id: id, "/x": zero, "/0199f3c2": zero, "/%00": zero, "/" + id + "0": zero} {
		if _, err := app.Test(httptest.NewRequest("GET", path, nil), -1); err != nil || got.String() != want {
			t.Errorf("GET %s: %v, %v; want %s", path, got, err, want)
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
