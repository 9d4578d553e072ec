package metrics

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"stoa/platform/pg"
)

// Slow is the shortest duration of a query that is logged. Normal queries of the
// program are indexed look-ups of a millisecond or less.
const Slow = 250 * time.Millisecond

var queryBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}

var batchBuckets = []float64{1, 2, 4, 8, 16}

// Queries measures the queries of a pool and logs slow ones, by name. It is a pgx
// tracer and does not read the arguments of queries.
type Queries struct {
	times   *table[string, prometheus.Observer]
	failed  *prometheus.CounterVec
	batches prometheus.Histogram
}

func newQueries(m *Metrics) *Queries {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "stoa_db_query_duration_seconds", Help: "Time from sending a query, or the batch that it is in, to the end of its result, by the query's name.", Buckets: queryBuckets,
	}, []string{"query"})
	q := &Queries{
		times: newTable(func(name string) prometheus.Observer { return durations.WithLabelValues(name) }),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stoa_db_query_errors_total", Help: "Queries that ended with an error, by the query's name.",
		}, []string{"query"}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stoa_db_batch_queries", Help: "Queries that were sent together in one round trip.", Buckets: batchBuckets,
		}),
	}
	m.Register(durations, q.failed, q.batches)
	return q
}

// query is the context of a running query, or of a batch without a name. One struct is one allocation, whereas
// context.WithValue and its value would be two.
type query struct {
	context.Context
	name  string
	start time.Time
}

type queryKey struct{}

// Value returns the query for queryKey, also through the contexts of other tracers.
func (q *query) Value(key any) any {
	if key == (queryKey{}) {
		return q
	}
	return q.Context.Value(key)
}

// TraceQueryStart implements pgx.QueryTracer.
func (q *Queries) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return &query{Context: ctx, name: pg.QueryName(data.SQL), start: time.Now()}
}

// TraceQueryEnd implements pgx.QueryTracer.
func (q *Queries) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	running, ok := ctx.Value(queryKey{}).(*query)
	if !ok {
		return
	}
	q.observe(ctx, running.name, time.Since(running.start), data.Err)
}

// TraceBatchStart implements pgx.BatchTracer.
func (q *Queries) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	q.batches.Observe(float64(data.Batch.Len()))
	return &query{Context: ctx, start: time.Now()}
}

// TraceBatchQuery implements pgx.BatchTracer. The time is that since the batch was sent:
// PostgreSQL sends the results of a batch together.
func (q *Queries) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	if batch, ok := ctx.Value(queryKey{}).(*query); ok {
		q.observe(ctx, pg.QueryName(data.SQL), time.Since(batch.start), data.Err)
	}
}

// TraceBatchEnd implements pgx.BatchTracer.
func (*Queries) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

func (q *Queries) observe(ctx context.Context, name string, took time.Duration, err error) {
	q.times.get(name).Observe(took.Seconds())
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		q.failed.WithLabelValues(name).Inc()
	}
	if took >= Slow {
		// Only the name is logged: arguments are personal data.
		slog.LogAttrs(ctx, slog.LevelWarn, "slow query", slog.String("query", name), slog.Duration("duration", took))
	}
}
