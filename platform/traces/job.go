package traces

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const traceparent = "traceparent" // W3C Trace Context

// Carry returns what a job takes along of the trace that ctx is a part of, to
// go on with it later and in another process; "" without one.
func Carry(ctx context.Context) string {
	carried := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carried)
	return carried[traceparent]
}

// Job starts the span of an attempt at a job, as a part of the trace that was
// carried to it or of one of its own. The returned function ends it.
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
