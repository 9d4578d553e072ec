package respond

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/handlers/gate"
	"stoa/handlers/transport"
	"stoa/platform/fault"
	"stoa/platform/page"
	"stoa/platform/pg"
	"stoa/views"
)

// statuses maps each kind of error to its status. No other code does.
var statuses = map[fault.Kind]int{
	fault.Internal: 500, fault.Malformed: 400, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404,
	fault.Conflict: 409, fault.TooLarge: 413, fault.Unsupported: 415, fault.Invalid: 422, fault.TooMany: 429,
	fault.Unavailable: 503,
}

// Errors responds to failed requests, with and without a route.
type Errors struct {
	Gate *gate.Gate
	// The response to overload is rendered once. Rendering it for each refused
	// request would take time from the requests being processed.
	overloadPage, overloadFragment renderedOnce
}

type renderedOnce struct {
	once sync.Once
	body []byte
	err  error
}

// Handle is Fiber's error handler.
func (e *Errors) Handle(c *fiber.Ctx, err error) error {
	return e.Gate.Transport.RespondUnrouted(c, func() error { return e.respond(c, err) })
}

func (e *Errors) respond(c *fiber.Ctx, err error) error {
	f, status := explain(err)
	slog.Log(c.UserContext(), severity(status), "request refused", "status", status, "error", err)
	c.Status(status)
	if f.Kind == fault.Internal && status == fiber.StatusInternalServerError {
		e.Gate.Transport.Report(c, err)
	}
	if f.Limit != nil {
		gate.SetLimit(c, *f.Limit)
	}
	if f.RetryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(max(1, gate.Seconds(f.RetryAfter))))
	}
	if isAPI(c) {
		return problem(c, status, f)
	}
	if f == transport.Overloaded {
		return e.overloaded(c, status, f)
	}
	return e.page(c, status, f)
}

// overloaded is page for overload. It is the same for all requests, without the
// theme and the request's id.
func (e *Errors) overloaded(c *fiber.Ctx, status int, f *fault.Error) error {
	rendered, name := &e.overloadPage, "errors/page"
	if partial(c) {
		rendered, name = &e.overloadFragment, "errors/_message"
	}
	rendered.once.Do(func() {
		var out bytes.Buffer
		p := views.Explain(status)
		p.RetryAfter = f.RetryAfter
		rendered.err = c.App().Config().Views.Render(&out, name, p)
		rendered.body = out.Bytes()
	})
	if rendered.err != nil {
		return rendered.err
	}
	asPage(c, status)
	c.Response().SetBodyRaw(rendered.body)
	return nil
}

// severity returns the log level: error for a fault of the program, warning for
// an unavailable dependency, debug for a mistake of the client.
func severity(status int) slog.Level {
	switch {
	case status == fiber.StatusServiceUnavailable:
		return slog.LevelWarn
	case status >= fiber.StatusInternalServerError:
		return slog.LevelError
	}
	return slog.LevelDebug
}

// explain returns the fault that the client may see, and its status. The text
// of any other error goes only to the log (ASVS 16.5.1).
func explain(err error) (*fault.Error, int) {
	if f := fault.As(err); f != nil && f.Kind != fault.Internal {
		return f, statuses[f.Kind]
	}
	if pg.UserDeleted(err) {
		return explain(accounts.Deleted())
	}
	if errors.Is(err, pg.ErrBusy) {
		return transport.Overloaded, fiber.StatusServiceUnavailable
	}
	if pg.Unavailable(err) {
		return &fault.Error{
			Kind: fault.Unavailable, Code: "unavailable", RetryAfter: 2 * time.Second, Err: err,
			Message: "Stoa cannot answer right now. Nothing was lost; try again shortly.",
		}, fiber.StatusServiceUnavailable
	}
	var fromFiber *fiber.Error
	if errors.As(err, &fromFiber) && fromFiber.Code < fiber.StatusInternalServerError {
		return protocol(fromFiber.Code), fromFiber.Code
	}
	return &fault.Error{Code: "internal", Message: "Something went wrong on our side. It has been logged.", Err: err}, fiber.StatusInternalServerError
}

// protocol returns the fault for a status that Fiber or fasthttp returned.
func protocol(status int) *fault.Error {
	known := map[int][2]string{
		400: {"malformed_request", "The request cannot be read."},
		404: {"not_found", "There is nothing at this address."},
		405: {"method_not_allowed", "This address does not know that method."},
		408: {"timeout", "The request took too long to arrive."},
		413: {"too_large", fmt.Sprintf("The body is too large: at most %d MiB.", transport.MaxBodyMiB)},
		415: {"unsupported_media_type", "This content type is not accepted here."},
		431: {"headers_too_large", "The request's headers are too large."},
	}
	entry, ok := known[status]
	if !ok {
		entry = [2]string{"refused", "The request was refused."}
	}
	return &fault.Error{Code: entry[0], Message: entry[1]}
}

func isAPI(c *fiber.Ctx) bool {
	path := c.Path()
	return path == "/api" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/.well-known/")
}

// page responds to a browser: with a redirect to the sign-in page when there is
// no user, otherwise with a page. From 500 on the page needs no session and no database.
func (e *Errors) page(c *fiber.Ctx, status int, f *fault.Error) error {
	if f.Kind == fault.Unauthenticated {
		return navigate(c, status, gate.LoginPath(c))
	}
	if f == page.ErrCursor {
		return Redirect(c, listPath(c, c.Path(), "")) // an old link leads to the first page
	}
	p := views.Explain(status)
	if !partial(c) && e.Gate.SignedInForError(c, status) {
		p.Chrome = Chrome(c)
	} else {
		p.Chrome = views.Chrome{Theme: e.Gate.Theme(c), RequestID: transport.From(c).ID, Path: c.Path()}
	}
	p.RetryAfter = f.RetryAfter
	if f.Kind == fault.Forbidden || f.Kind == fault.TooLarge {
		p.Text = f.Message
		p.Action = views.Link{Label: "Open the page again", Href: gate.PagePath(c)}
	}
	// The fragment for htmx names its own target, the message region. The
	// element that the request would have replaced stays.
	return Form(c, status, "errors/page", "errors/_message", p)
}
