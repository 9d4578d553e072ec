package traces

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"stoa/platform/pg"
)

var postgres = attribute.String("db.system.name", "postgresql")

// TraceQueryStart implements pgx.QueryTracer: each query of a traced request or job
// is a span. The span has the name of the query, and not its text or arguments.
func (t *Traces) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx
	}
	ctx, _ = t.tracer.Start(ctx, pg.QueryName(data.SQL), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(postgres))
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer. Of an error it records only the
// SQLSTATE: the text may quote user input.
func (t *Traces) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	span := trace.SpanFromContext(ctx)
	if data.Err != nil && !errors.Is(data.Err, pgx.ErrNoRows) {
		var server *pgconn.PgError
		if errors.As(data.Err, &server) {
			span.SetAttributes(attribute.String("db.response.status_code", server.Code))
		}
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
