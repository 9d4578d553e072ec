package traces

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const traceparent = "traceparent" // W3C Trace Context

// Carry returns the traceparent of the trace that ctx belongs to, which is stored
// with a job and continues the trace later in another process; "" without a trace.
func Carry(ctx context.Context) string {
	carried := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carried)
	return carried[traceparent]
}

// Job starts the span of an attempt at a job. The span belongs to the trace that
// Carry stored, or to a new one. The returned function ends the span.
func (t *Traces) Job(ctx context.Context, kind, carried string) (context.Context, func(ok bool)) {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{traceparent: carried})
	ctx, span := t.tracer.Start(ctx, "job "+kind, trace.WithSpanKind(trace.SpanKindConsumer))
	return ctx, func(ok bool) {
		if !ok {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}
