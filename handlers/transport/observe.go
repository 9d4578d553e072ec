package gate

import (
	"context"
	"errors"
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/reports"
	"stoa/platform/telemetry"
	"stoa/platform/traces"
)

// traced begins the request's span, where traces are made, and has its log
// lines carry the trace's id.
func (g *Gate) traced(ctx context.Context, c *fiber.Ctx) context.Context {
	if g.Traces == nil {
		return ctx
	}
	ctx, span := g.Traces.Start(ctx, func(name string) string { return c.Get(name) })
	From(c).span = &span
	return telemetry.With(ctx, slog.String("trace_id", span.ID()))
}

func (v *Request) endSpan(method, route string, status int) {
	if v.span != nil {
		v.span.End(traces.Response{Method: method, Route: route, Status: status, RequestID: v.RequestID(), UserID: v.userID()})
	}
}

func (v *Request) userID() string {
	if v.scope.User == nil {
		return ""
	}
	return v.scope.User.ID.String()
}

// Report tells the error tracker of a failure of ours, where there is one. The
// address, headers, fields and cookies of the request stay here.
func (g *Gate) Report(c *fiber.Ctx, err error) {
	if g.Reports == nil {
		return
	}
	v := From(c)
	f := reports.Failure{Err: err, Where: method(c) + " " + g.route(c), RequestID: v.RequestID(), UserID: v.userID()}
	if panicked := new(telemetry.Panic); errors.As(err, &panicked) {
		f.Stack = panicked.PCs
	}
	if v.span != nil {
		f.TraceID = v.span.ID()
	}
	g.Reports.Send(f)
}
