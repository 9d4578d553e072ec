package traces

import (
	"context"
	"errors"
	"time"

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
	end(trace.SpanFromContext(ctx), data.Err)
}

// TraceBatchStart implements pgx.BatchTracer: a batch is a span, and each of its queries
// is a span below it.
func (t *Traces) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx
	}
	ctx, _ = t.tracer.Start(ctx, "batch", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(postgres))
	return context.WithValue(ctx, batchKey{}, time.Now())
}

type batchKey struct{}

// TraceBatchQuery implements pgx.BatchTracer. The span begins with the batch: PostgreSQL
// sends the results of a batch together.
func (t *Traces) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	start, traced := ctx.Value(batchKey{}).(time.Time)
	if !traced {
		return
	}
	_, span := t.tracer.Start(ctx, pg.QueryName(data.SQL), trace.WithTimestamp(start), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(postgres))
	end(span, data.Err)
}

// TraceBatchEnd implements pgx.BatchTracer.
func (t *Traces) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	end(trace.SpanFromContext(ctx), data.Err)
}

func end(span trace.Span, err error) {
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		var server *pgconn.PgError
		if errors.As(err, &server) {
			span.SetAttributes(attribute.String("db.response.status_code", server.Code))
		}
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
