package respond_test

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/platform/page"
)

// numbersAfter returns a page of the numbers from 0 to 119.
func numbersAfter(cursor page.Cursor) (page.Of[int], error) {
	last := -1
	if err := cursor.Decode(&last); err != nil {
		return page.Of[int]{}, err
	}
	var rows []int
	for n := last + 1; n < 120 && len(rows) <= page.Size; n++ {
		rows = append(rows, n)
	}
	return page.Cut(rows, func(n int) any { return n }), nil
}

func get(t *testing.T, app *fiber.App, path string) string {
	t.Helper()
	res, err := app.Test(httptest.NewRequest("GET", path, nil), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// A client that follows next_cursor gets every item once.
func TestItems_EveryPage(t *testing.T) {
	t.Parallel()
	app := fiber.New(fiber.Config{Immutable: true})
	app.Get("/api/numbers", func(c *fiber.Ctx) error {
		list, err := numbersAfter(gate.Cursor(c))
		if err != nil {
			return err
		}
		return respond.Items(c, list, nil, strconv.Itoa)
	})
	var all []string
	path := "/api/numbers"
	for path != "" {
		var got map[string]any
		if err := json.Unmarshal([]byte(get(t, app, path)), &got); err != nil {
			t.Fatal(err)
		}
		for _, item := range got["items"].([]any) {
			all = append(all, item.(string))
		}
		next, more := got["next_cursor"].(string)
		if path = ""; more {
			path = "/api/numbers?cursor=" + next
		}
	}
	if len(all) != 120 || all[0] != "0" || all[119] != "119" {
		t.Errorf("%d items from %s to %s, want 120", len(all), all[0], all[len(all)-1])
	}
}

func TestItems_EmptyList(t *testing.T) {
	t.Parallel()
	app := fiber.New()
	app.Get("/", func(c *fiber.Ctx) error { return respond.Items(c, page.Of[int]{}, nil, strconv.Itoa) })
	if got := get(t, app, "/"); got != `{"items":[]}` {
		t.Errorf("an empty list = %s", got)
	}
}

func TestPager_KeepsTheSearch(t *testing.T) {
	t.Parallel()
	app := fiber.New(fiber.Config{Immutable: true})
	app.Get("/numbers", func(c *fiber.Ctx) error {
		links := respond.Pager(c, "/numbers", page.Cursor(c.Query("next")))
		return c.SendString(links.First + " " + links.Next + " " + links.Query)
	})
	for path, want := range map[string]string{
		"/numbers":           "  ",
		"/numbers?q=a+b%26c": "  ?q=a+b%26c",
		"/numbers?q=a+b%26c&kind=1&kind=2&next=n": " /numbers?cursor=n&kind=1&kind=2&next=n&q=a+b%26c ?kind=1&kind=2&next=n&q=a+b%26c",
		"/numbers?cursor=x&q=a":                   "/numbers?q=a  ?cursor=x&q=a",
		"/numbers?cursor=x":                       "/numbers  ?cursor=x",
	} {
		if got := get(t, app, path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// The response to a change in a list shows the page that the form was on.
func TestPager_AfterAChange(t *testing.T) {
	t.Parallel()
	app := fiber.New(fiber.Config{Immutable: true})
	app.Post("/numbers/:id/delete", func(c *fiber.Ctx) error {
		links := respond.Pager(c, "/numbers", "n")
		return c.SendString(gate.Search(c) + " " + string(gate.Cursor(c)) + " " + links.First + " " + links.Next + " " + links.Query)
	})
	for query, want := range map[string]string{
		"": "   /numbers?cursor=n ", "?q=a&cursor=x": "a x /numbers?q=a /numbers?cursor=n&q=a ?cursor=x&q=a",
	} {
		res, err := app.Test(httptest.NewRequest("POST", "/numbers/7/delete"+query, nil), -1)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(res.Body); err != nil || string(body) != want {
			t.Errorf("%q: %q, %v; want %q", query, body, err, want)
		}
	}
}

func TestHandle_InvalidCursor(t *testing.T) {
	t.Parallel()
	if status, _ := refused(t, "/numbers", page.ErrCursor); status != fiber.StatusSeeOther {
		t.Errorf("a page with an invalid cursor: %d, want a redirect to the first page", status)
	}
	if status, body := refused(t, "/api/numbers", page.ErrCursor); status != fiber.StatusUnprocessableEntity || !strings.Contains(body, `"field":"cursor","code":"invalid_cursor"`) {
		t.Errorf("a call with an invalid cursor: %d %s, want 422 with the field", status, body)
	}
}
