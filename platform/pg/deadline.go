package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
)

// responseTimeout is how long a statement waits for its answer. PostgreSQL ends
// one after statementTimeout by itself; when nothing has come a little later,
// nothing will: the connection leads nowhere any more. Keepalive does not see
// that where a proxy on the way still answers it, or while something sent waits
// to be acknowledged.
const responseTimeout = 5500 * time.Millisecond

// deadlineTracer gives each statement its deadline, and tells the stall of each answer.
// It is a tracer, because that is where pgx asks for the context of every
// statement, those of a transaction and of libraries with our pool included.
type deadlineTracer struct{ breaker *breaker }

// withDeadline returns a tracer that bounds the wait for answers, and tells the
// other one, where there is one.
func withDeadline(s *breaker, other pgx.QueryTracer) pgx.QueryTracer {
	if other == nil {
		return deadlineTracer{s}
	}
	return multitracer.New(deadlineTracer{s}, other)
}

type endKey struct{}

// TraceQueryStart implements pgx.QueryTracer.
func (a deadlineTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	ctx, end := a.breaker.wait(ctx, responseTimeout)
	return context.WithValue(ctx, endKey{}, end)
}

// TraceQueryEnd implements pgx.QueryTracer; of a query it comes when its rows
// have been read.
func (deadlineTracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	ctx.Value(endKey{}).(func(bool))(isResponse(data.Err))
}
