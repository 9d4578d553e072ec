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

// TraceQueryStart implements pgx.QueryTracer: a query of a traced request or
// job is a span of the query's name. Neither its text nor its arguments are in
// it.
func (t *Traces) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx
	}
	ctx, _ = t.tracer.Start(ctx, pg.QueryName(data.SQL), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(postgres))
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer. An error is told by its SQLSTATE:
// its text may quote what somebody typed.
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
