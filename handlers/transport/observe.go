package transport

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/reports"
	"stoa/platform/telemetry"
	"stoa/platform/traces"
)

// finish counts the request, ends its span and writes its log line.
func (t *Transport) finish(c *fiber.Ctx, start time.Time) {
	took, route, status := time.Since(start), t.route(c), c.Response().StatusCode()
	t.Metrics.Count(route, method(c), status, took)
	From(c).endSpan(c, method(c), route, status)
	level := slog.LevelInfo
	switch {
	case status == fiber.StatusServiceUnavailable:
		level = slog.LevelWarn
	case status >= fiber.StatusInternalServerError:
		level = slog.LevelError
	}
	// The path without its query, which may contain a one-time token.
	slog.LogAttrs(c.UserContext(), level, "request",
		slog.String("method", c.Method()), slog.String("path", c.Path()), slog.String("route", route),
		slog.Int("status", status), slog.Int("bytes", length(c.Response())),
		slog.Duration("duration", took), slog.String("ip", From(c).Addr.String()))
}

// startSpan starts the request's span when traces are enabled, and adds the id
// of the trace to its log lines.
func (t *Transport) startSpan(ctx context.Context, c *fiber.Ctx) context.Context {
	if t.Traces == nil {
		return ctx
	}
	ctx, span := t.Traces.Start(ctx, func(name string) string { return c.Get(name) })
	From(c).span = &span
	return telemetry.With(ctx, slog.String("trace_id", span.ID()))
}

func (r *Request) endSpan(c *fiber.Ctx, method, route string, status int) {
	if r.span != nil {
		r.span.End(traces.Response{Method: method, Route: route, Status: status, RequestID: r.ID, UserID: userID(c)})
	}
}

// userID returns the id of the request's user, or "". Package gate adds it to
// the attributes of the log when it has found the user.
func userID(c *fiber.Ctx) string { return telemetry.Values(c.UserContext())["user_id"] }

// Report sends an internal error to the error tracker, if there is one. The
// report has no IP address, header, form field or cookie of the request.
func (t *Transport) Report(c *fiber.Ctx, err error) {
	if t.Reports == nil {
		return
	}
	r := From(c)
	f := reports.Failure{Err: err, Where: method(c) + " " + t.route(c), RequestID: r.ID, UserID: userID(c)}
	if panicked := new(telemetry.Panic); errors.As(err, &panicked) {
		f.Stack = panicked.PCs
	}
	if r.span != nil {
		f.TraceID = r.span.ID()
	}
	t.Reports.Send(f)
}
