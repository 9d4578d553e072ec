package metrics_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/platform/jobs"
	"stoa/platform/metrics"
	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/telemetry"
)

// scrape returns the metrics as Prometheus reads them.
func scrape(t testing.TB, m *metrics.Metrics) string {
	t.Helper()
	var out bytes.Buffer
	if err := m.Write(&out); err != nil {
		t.Fatal(err)
	}
	return "\n" + out.String()
}

func wants(t *testing.T, m *metrics.Metrics, lines ...string) {
	t.Helper()
	text := scrape(t, m)
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("no line begins with %s", line)
		}
	}
}

func TestMetrics_NamesThatOperatorsRelyOn(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Config{Version: "v1.2.3"})
	m.Pool(pgtest.DB(t))
	m.HTTP.Count("/dashboard", "GET", 200, 3*time.Millisecond)
	wants(t, m,
		`stoa_build_info{go_version="go`, `stoa_http_requests_in_flight 0`,
		`stoa_http_requests_total{method="GET",route="/dashboard",status="200"} 1`,
		`stoa_http_request_duration_seconds_bucket{method="GET",route="/dashboard",le="0.0025"} 0`,
		`stoa_http_request_duration_seconds_bucket{method="GET",route="/dashboard",le="0.005"} 1`,
		`stoa_db_pool_connections{state="in_use"} `, `stoa_db_pool_max_connections `, `stoa_db_pool_wait_seconds_total `,
		`go_goroutines `, `process_resident_memory_bytes `, `process_cpu_seconds_total `,
	)
}

func TestMetrics_CountedTogether(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Config{Version: "test"})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 100 {
				m.HTTP.Begin()
				m.HTTP.Count("/", "GET", 200+i%10, time.Millisecond)
				m.HTTP.End()
			}
		})
	}
	all.Wait()
	wants(t, m, `stoa_http_requests_total{method="GET",route="/",status="209"} 80`,
		`stoa_http_request_duration_seconds_count{method="GET",route="/"} 800`, `stoa_http_requests_in_flight 0`)
}

func TestJobs_ByKindAndResult(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Config{Version: "test"})
	m.Jobs.Expect("errand")
	m.Jobs.Count("errand", jobs.Done, 30*time.Millisecond)
	m.Jobs.Count("errand", jobs.Failed, 3*time.Second)
	wants(t, m, `stoa_jobs_total{kind="errand",result="done"} 1`, `stoa_jobs_total{kind="errand",result="failed"} 1`,
		`stoa_jobs_total{kind="errand",result="abandoned"} 0`, `stoa_job_duration_seconds_count{kind="errand"} 2`,
		`stoa_job_duration_seconds_bucket{kind="errand",le="0.025"} 0`, `stoa_job_duration_seconds_bucket{kind="errand",le="0.05"} 1`)
}

func TestCounts_ByLabels(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Config{Version: "test"})
	emails := m.Counts("stoa_mails_total", "Emails.", "kind", "result")
	emails.Expect("verify_email", "sent")
	emails.Expect("verify_email", "abandoned")
	emails.Count("verify_email", "sent")
	wants(t, m, `stoa_mails_total{kind="verify_email",result="sent"} 1`, `stoa_mails_total{kind="verify_email",result="abandoned"} 0`)
}

// Without the database only the backlog of jobs is missing.
func TestBacklog_WithAndWithoutDatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), `INSERT INTO river.river_job (kind, args, max_attempts, state, scheduled_at, errors) VALUES
		('errand', '{}', 3, 'available', now() - interval '1 hour', NULL), ('errand', '{}', 3, 'retryable', now() + interval '1 hour', ARRAY['{}'::jsonb])`); err != nil {
		t.Fatal(err)
	}
	m := metrics.New(metrics.Config{Version: "test"})
	m.Backlog(db.DB)
	wants(t, m, `stoa_jobs_waiting 1`, `stoa_jobs_oldest_wait_seconds 36`, `stoa_jobs_failing 1`)
	db.Close()
	if text := scrape(t, m); strings.Contains(text, "stoa_jobs_waiting") || !strings.Contains(text, "stoa_build_info") {
		t.Errorf("without the database:\n%s", text)
	}
}

// This test is not parallel, because it sets the default logger.
func TestQueries_ByNameAndSlowOnesLogged(t *testing.T) {
	m := metrics.New(metrics.Config{Version: "test"})
	db, err := pg.Open(t.Context(), pg.Config{URL: pgtest.New(t).App, Tracer: m.Queries})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var log bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(telemetry.NewLogger(telemetry.LoggerConfig{Writer: &log, Format: "json", Level: slog.LevelInfo}))
	ctx := telemetry.With(t.Context(), slog.String("request_id", "request-0001"))
	query := func(sql string, args ...any) {
		t.Helper()
		var got any
		if err := db.QueryRow(ctx, sql, args...).Scan(&got); err != nil && !errors.Is(err, pgx.ErrNoRows) && !strings.Contains(sql, "1/0") {
			t.Fatal(err)
		}
	}
	query("-- name: Quick :one\nSELECT 1")
	query("-- name: Empty :one\nSELECT 1 WHERE false")
	query("-- name: Broken :one\nSELECT 1/0")
	query("-- name: Slow :one\nSELECT $1::text FROM pg_sleep(0.3)", "ada@example.com")
	query("SELECT 'no name'")
	if err := db.Tx(ctx, func(*pg.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	one := func(sql string) func(*pg.Statement) error {
		return func(s *pg.Statement) error { return s.QueryRow(ctx, sql).Scan(new(any)) }
	}
	if err := db.Batch(ctx, one("-- name: First :one\nSELECT 1"), one("-- name: Second :one\nSELECT 1 FROM pg_sleep(0.3)")); err != nil {
		t.Fatal(err)
	}
	wants(t, m, `stoa_db_query_duration_seconds_count{query="First"} 1`, `stoa_db_query_duration_seconds_bucket{query="Second",le="0.25"} 0`,
		`stoa_db_batch_queries_sum 2`, `stoa_db_batch_queries_count 1`)
	wants(t, m, `stoa_db_query_duration_seconds_count{query="Quick"} 1`, `stoa_db_query_duration_seconds_count{query="unnamed"} 1`,
		`stoa_db_query_duration_seconds_count{query="begin"} 1`, `stoa_db_query_duration_seconds_count{query="commit"} 1`,
		`stoa_db_query_duration_seconds_bucket{query="Slow",le="0.25"} 0`, `stoa_db_query_errors_total{query="Broken"} 1`)
	if strings.Contains(scrape(t, m), `stoa_db_query_errors_total{query="Empty"}`) {
		t.Error("a query without rows was counted as failed")
	}
	line := log.String()
	if !strings.Contains(line, `"level":"WARN","msg":"slow query","query":"Slow"`) || !strings.Contains(line, `"msg":"slow query","query":"Second"`) || !strings.Contains(line, "request-0001") || strings.Contains(line, "ada@") || strings.Contains(line, "pg_sleep") {
		t.Errorf("log = %s, want one line of each slow query without its text and arguments", line)
	}
}

// BenchmarkRequest measures what metrics add to a request; each of its queries adds
// BenchmarkQuery.
func BenchmarkRequest(b *testing.B) {
	m := metrics.New(metrics.Config{Version: "bench"})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.HTTP.Begin()
			m.HTTP.Count("/dashboard", "GET", 200, time.Millisecond)
			m.HTTP.End()
		}
	})
}

func BenchmarkQuery(b *testing.B) {
	m := metrics.New(metrics.Config{Version: "bench"})
	start := pgx.TraceQueryStartData{SQL: "-- name: SessionByKey :one\nSELECT 1"}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			ctx := m.Queries.TraceQueryStart(context.Background(), nil, start)
			m.Queries.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{})
		}
	})
}
