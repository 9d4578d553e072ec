package traces

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Request is the span of a request.
type Request struct{ span trace.Span }

// Start starts the span of a request, as a part of the caller's trace where
// its headers name one (W3C Trace Context), and returns the context for
// everything that belongs to it.
func (t *Traces) Start(ctx context.Context, header func(string) string) (context.Context, Request) {
	ctx = propagation.TraceContext{}.Extract(ctx, headers(header))
	// Its name is known when its route is.
	ctx, span := t.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer))
	return ctx, Request{span}
}

// headers lets the propagator read a request's headers.
type headers func(string) string

// Get implements propagation.TextMapCarrier.
func (h headers) Get(key string) string { return h(key) }

// Set implements propagation.TextMapCarrier; nothing is sent back.
func (headers) Set(string, string) {}

// Keys implements propagation.TextMapCarrier.
func (headers) Keys() []string { return nil }

// ID returns the id of the trace, for the log.
func (r Request) ID() string { return r.span.SpanContext().TraceID().String() }

// Answer is how a request ended.
type Answer struct {
	Method, Route     string // the route's pattern, never the path
	Status            int
	RequestID, UserID string // no user: ""
}

// End ends the span.
func (r Request) End(a Answer) {
	r.span.SetName(a.Method + " " + a.Route)
	r.span.SetAttributes(
		attribute.String("http.request.method", a.Method), attribute.String("http.route", a.Route),
		attribute.Int("http.response.status_code", a.Status), attribute.String("stoa.request_id", a.RequestID),
	)
	if a.UserID != "" {
		r.span.SetAttributes(attribute.String("user.id", a.UserID))
	}
	if a.Status >= 500 {
		r.span.SetStatus(codes.Error, "")
	}
	r.span.End()
}
