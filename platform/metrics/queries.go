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

// Slow is from when on a query is written to the log. Queries of this program
// are indexed look-ups of a millisecond or less.
const Slow = 250 * time.Millisecond

var queryBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}

// Queries measures the queries of a pool and logs slow ones, by name; it is
// their pgx tracer. It knows no argument of any.
type Queries struct {
	times  *table[string, prometheus.Observer]
	failed *prometheus.CounterVec
}

func newQueries(m *Metrics) *Queries {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "stoa_db_query_duration_seconds", Help: "Time from sending a query to the end of its result, by the query's name.", Buckets: queryBuckets,
	}, []string{"query"})
	q := &Queries{
		times: newTable(func(name string) prometheus.Observer { return durations.WithLabelValues(name) }),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stoa_db_query_errors_total", Help: "Queries that ended with an error, by the query's name.",
		}, []string{"query"}),
	}
	m.Register(durations, q.failed)
	return q
}

// query is the context of a query under way: it is one allocation, where a
// value in a context would be two.
type query struct {
	context.Context
	name  string
	start time.Time
}

type queryKey struct{}

// Value finds the query itself, also below the context of another tracer.
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
	asked, ok := ctx.Value(queryKey{}).(*query)
	if !ok {
		return
	}
	took := time.Since(asked.start)
	q.times.get(asked.name).Observe(took.Seconds())
	if data.Err != nil && !errors.Is(data.Err, pgx.ErrNoRows) {
		q.failed.WithLabelValues(asked.name).Inc()
	}
	if took >= Slow {
		// The name alone: arguments are people's data.
		slog.LogAttrs(ctx, slog.LevelWarn, "slow query", slog.String("query", asked.name), slog.Duration("duration", took))
	}
}
