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

	"stoa/handlers/gate"
	"stoa/handlers/transport"
	"stoa/platform/fault"
	"stoa/platform/pg"
	"stoa/views"
)

// statuses maps each kind of failure to its status: the one place that does.
var statuses = map[fault.Kind]int{
	fault.Internal: 500, fault.Malformed: 400, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404,
	fault.Conflict: 409, fault.TooLarge: 413, fault.Unsupported: 415, fault.Invalid: 422, fault.TooMany: 429,
	fault.Unavailable: 503,
}

// Errors answers a request that failed, also one that never reached a route.
type Errors struct {
	Gate *gate.Gate
	// What a crowd is told, written once: to write it for each would take of the
	// time in which those inside are answered.
	overloadPage, overloadFragment renderedOnce
}

type renderedOnce struct {
	once sync.Once
	body []byte
	err  error
}

// Handle is Fiber's error handler.
func (e *Errors) Handle(c *fiber.Ctx, err error) error {
	return e.Gate.Transport.RespondUnrouted(c, func() error { return e.answer(c, err) })
}

func (e *Errors) answer(c *fiber.Ctx, err error) error {
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

// overloaded is page for a crowd: without what differs, the theme and the
// request's id.
func (e *Errors) overloaded(c *fiber.Ctx, status int, f *fault.Error) error {
	text, name := &e.overloadPage, "errors/page"
	if partial(c) {
		text, name = &e.overloadFragment, "errors/_message"
	}
	text.once.Do(func() {
		var out bytes.Buffer
		p := views.Explain(status)
		p.RetryAfter = f.RetryAfter
		text.err = c.App().Config().Views.Render(&out, name, p)
		text.body = out.Bytes()
	})
	if text.err != nil {
		return text.err
	}
	asPage(c, status)
	c.Response().SetBodyRaw(text.body)
	return nil
}

// severity says how much an operator should care: what is ours to mend, what
// is away, and what a client got wrong.
func severity(status int) slog.Level {
	switch {
	case status == fiber.StatusServiceUnavailable:
		return slog.LevelWarn
	case status >= fiber.StatusInternalServerError:
		return slog.LevelError
	}
	return slog.LevelDebug
}

// explain returns what may be said of an error, and its status. What is not
// one of our faults says nothing: its text is for the log (ASVS 16.5.1).
func explain(err error) (*fault.Error, int) {
	if f := fault.As(err); f != nil && f.Kind != fault.Internal {
		return f, statuses[f.Kind]
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
	return &fault.Error{Code: "internal", Message: "Something went wrong on our side. It has been written down.", Err: err}, fiber.StatusInternalServerError
}

// protocol explains the refusals of Fiber and fasthttp.
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
	said, ok := known[status]
	if !ok {
		said = [2]string{"refused", "The request was refused."}
	}
	return &fault.Error{Code: said[0], Message: said[1]}
}

func isAPI(c *fiber.Ctx) bool {
	path := c.Path()
	return path == "/api" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/.well-known/")
}

// page answers a person. Nobody signed in is sent to do so; the rest is a page
// that needs no session and no database.
func (e *Errors) page(c *fiber.Ctx, status int, f *fault.Error) error {
	if f.Kind == fault.Unauthenticated {
		return navigate(c, status, gate.LoginPath(c))
	}
	p := views.Explain(status)
	p.Chrome = views.Chrome{Theme: e.Gate.Theme(c), RequestID: transport.From(c).ID, Path: c.Path()}
	p.RetryAfter = f.RetryAfter
	if f.Kind == fault.Forbidden || f.Kind == fault.TooLarge {
		p.Text = f.Message
		p.Action = views.Link{Label: "Open the page again", Href: gate.PagePath(c)}
	}
	// For htmx it is a part that names its own target, the message region: what
	// the request was meant to swap stays.
	return Form(c, status, "errors/page", "errors/_message", p)
}
