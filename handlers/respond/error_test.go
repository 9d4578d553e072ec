package respond_test

import (
	"errors"
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/handlers/transport"
	"stoa/platform/fault"
	"stoa/platform/metrics"
	"stoa/platform/pg/pgtest"
	"stoa/views"
)

// refused returns the status and body of the response to a handler's error.
func refused(t *testing.T, path string, err error) (int, string) {
	t.Helper()
	pages, engineErr := views.Engine("")
	if engineErr != nil {
		t.Fatal(engineErr)
	}
	g := gate.New(gate.Config{Transport: transport.New(transport.Config{BaseURL: &url.URL{Scheme: "http", Host: "stoa.test"}, Metrics: metrics.New(metrics.Config{Version: "test"}).HTTP})})
	app := fiber.New(fiber.Config{ErrorHandler: (&respond.Errors{Gate: g}).Handle, Views: pages})
	app.Get(path, func(*fiber.Ctx) error { return err })
	res, testErr := app.Test(httptest.NewRequest("GET", path, nil), -1)
	if testErr != nil {
		t.Fatal(testErr)
	}
	defer res.Body.Close()
	body, readErr := io.ReadAll(res.Body)
	if readErr != nil {
		t.Fatal(readErr)
	}
	return res.StatusCode, string(body)
}

// The text of an internal error may contain SQL, paths and secrets.
func TestHandle_InternalText(t *testing.T) {
	t.Parallel()
	cause := errors.New(`ERROR: column "pw" does not exist (SQLSTATE 42703)`)
	for name, err := range map[string]error{
		"an error":           cause,
		"the cause of a 401": &fault.Error{Kind: fault.Unauthenticated, Code: "invalid_token", Message: "No.", Err: cause},
		"a fault of ours":    &fault.Error{Code: "internal", Err: cause},
		"an error of Fiber":  fiber.NewError(500, cause.Error()),
		"a refusal of Fiber": fiber.NewError(400, cause.Error()),
	} {
		for _, path := range []string{"/api/x", "/x"} {
			if status, body := refused(t, path, err); strings.Contains(body, "SQLSTATE") || strings.Contains(body, "column") || status < 300 {
				t.Errorf("%s at %s: %d %s, want a response without the text of the error", name, path, status, body)
			}
		}
	}
}

// Overload has a page for browsers and a problem for API clients.
func TestHandle_Overload(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"/x": "<h1>Back in a moment</h1>", "/api/x": `"code":"busy"`} {
		if status, body := refused(t, path, transport.Overloaded); status != 503 || !strings.Contains(body, want) || !strings.Contains(body, "Try again in") {
			t.Errorf("at %s: %d %s, want 503 and %s", path, status, body, want)
		}
	}
}

// The account of a request can be deleted before the request stores its row.
func TestHandle_UserDeleted(t *testing.T) {
	t.Parallel()
	_, err := pgtest.New(t).Exec(t.Context(), "INSERT INTO token_families (id, user_id, device, ip, expires_at) VALUES (gen_random_uuid(), gen_random_uuid(), '', '::1', now())")
	if status, body := refused(t, "/api/bookmarks", err); status != fiber.StatusUnauthorized || !strings.Contains(body, "This account is closed.") {
		t.Errorf("%v: %d %s", err, status, body)
	}
}
