package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
)

// answerTimeout is how long a statement waits for its answer. PostgreSQL ends
// one after statementTimeout by itself; when nothing has come a little later,
// nothing will: the connection leads nowhere any more. Keepalive does not see
// that where a proxy on the way still answers it, or while something sent waits
// to be acknowledged.
const answerTimeout = 5500 * time.Millisecond

// answers gives each statement its deadline, and tells the stall of each answer.
// It is a tracer, because that is where pgx asks for the context of every
// statement, those of a transaction and of libraries with our pool included.
type answers struct{ stall *stall }

// impatient returns a tracer that bounds the wait for answers, and tells the
// other one, where there is one.
func impatient(s *stall, other pgx.QueryTracer) pgx.QueryTracer {
	if other == nil {
		return answers{s}
	}
	return multitracer.New(answers{s}, other)
}

type endKey struct{}

// TraceQueryStart implements pgx.QueryTracer.
func (a answers) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	ctx, end := a.stall.wait(ctx, answerTimeout)
	return context.WithValue(ctx, endKey{}, end)
}

// TraceQueryEnd implements pgx.QueryTracer; of a query it comes when its rows
// have been read.
func (answers) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	ctx.Value(endKey{}).(func(bool))(answered(data.Err))
}
