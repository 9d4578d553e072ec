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

// Start starts the span of a request and returns the context for all its work. The
// span belongs to the client's trace if the headers name one (W3C Trace Context).
func (t *Traces) Start(ctx context.Context, header func(string) string) (context.Context, Request) {
	ctx = propagation.TraceContext{}.Extract(ctx, headers(header))
	// End sets the name, because the route is not known yet.
	ctx, span := t.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer))
	return ctx, Request{span}
}

// headers makes the headers of a request readable for the propagator.
type headers func(string) string

// Get implements propagation.TextMapCarrier.
func (h headers) Get(key string) string { return h(key) }

// Set implements propagation.TextMapCarrier. It does nothing, because the response
// has no trace headers.
func (headers) Set(string, string) {}

// Keys implements propagation.TextMapCarrier.
func (headers) Keys() []string { return nil }

// ID returns the ID of the trace, for the log.
func (r Request) ID() string { return r.span.SpanContext().TraceID().String() }

// Response is the result of a request.
type Response struct {
	Method, Route     string // the route's pattern, never the path
	Status            int
	RequestID, UserID string // UserID is "" for an anonymous client
}

// End ends the span with the attributes of the response.
func (r Request) End(res Response) {
	r.span.SetName(res.Method + " " + res.Route)
	r.span.SetAttributes(
		attribute.String("http.request.method", res.Method), attribute.String("http.route", res.Route),
		attribute.Int("http.response.status_code", res.Status), attribute.String("stoa.request_id", res.RequestID),
	)
	if res.UserID != "" {
		r.span.SetAttributes(attribute.String("user.id", res.UserID))
	}
	if res.Status >= 500 {
		r.span.SetStatus(codes.Error, "")
	}
	r.span.End()
}
