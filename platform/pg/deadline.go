package pg

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
)

// responseTimeout is how long a statement waits for its response. PostgreSQL ends
// a statement after statementTimeout. If no response arrives shortly afterwards, the
// connection is broken. Keepalive does not detect a broken connection while a proxy
// in front of the server responds to it, or while sent data is not acknowledged.
const responseTimeout = 5500 * time.Millisecond

// deadlineTracer gives each statement and each batch its deadline, and reports each
// response to the breaker. It is a tracer because pgx takes the context of every statement
// from the tracer, including statements in transactions and of libraries that use
// our pool.
type deadlineTracer struct{ breaker *breaker }

// withDeadline returns a tracer that bounds the wait for responses and calls the
// other tracer, if that is not nil.
func withDeadline(b *breaker, other pgx.QueryTracer) pgx.QueryTracer {
	if other == nil {
		return deadlineTracer{b}
	}
	return multitracer.New(deadlineTracer{b}, other)
}

type endKey struct{}

// TraceQueryStart implements pgx.QueryTracer.
func (t deadlineTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	ctx, end := t.breaker.startWait(ctx, responseTimeout)
	return context.WithValue(ctx, endKey{}, end)
}

// TraceQueryEnd implements pgx.QueryTracer. pgx calls it for a query when its rows
// have been read.
func (deadlineTracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	ctx.Value(endKey{}).(func(bool))(isResponse(data.Err))
}

// TraceBatchStart implements pgx.BatchTracer. A batch has the deadline of one statement.
func (t deadlineTracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	ctx, end := t.breaker.startWait(ctx, responseTimeout)
	var once sync.Once
	return context.WithValue(ctx, endKey{}, func(responded bool) { once.Do(func() { end(responded) }) })
}

// TraceBatchQuery implements pgx.BatchTracer.
func (deadlineTracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer. pgx calls it twice for a batch that it could
// not send.
func (deadlineTracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	ctx.Value(endKey{}).(func(bool))(isResponse(data.Err))
}
