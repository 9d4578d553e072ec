package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"

	"stoa/cmd/stoa/config"
	"stoa/domain/mailer"
	"stoa/domain/signin"
	"stoa/platform/jobs"
	"stoa/platform/metrics"
	"stoa/platform/reports"
	"stoa/platform/telemetry"
	"stoa/platform/traces"
)

// flushTimeout is how long the stop may wait for a collector or tracker to take
// what was seen last.
const flushTimeout = 3 * time.Second

// observability is how the program can be seen from outside. Traces and reports are nil
// where none are wanted.
type observability struct {
	metrics *metrics.Metrics
	signIns *metrics.Counts
	emails  *metrics.Counts
	traces  *traces.Traces
	reports *reports.Reports
}

// wireObservability begins to look. Its close sends the rest.
func wireObservability(ctx context.Context, cfg config.Config) (s *observability, err error) {
	s = &observability{metrics: metrics.New(metrics.Config{Version: version})}
	s.count()
	if cfg.OTLPEndpoint != "" {
		s.traces, err = traces.New(ctx, traces.Config{Endpoint: string(cfg.OTLPEndpoint), Version: version, Environment: string(cfg.Env)})
	}
	if cfg.SentryDSN != "" && err == nil {
		s.reports, err = reports.New(reports.Config{DSN: string(cfg.SentryDSN), Release: "stoa@" + version, Environment: string(cfg.Env)})
	}
	return s, err
}

// count names what the business has counted. All results are there from the
// start.
func (s *observability) count() {
	s.signIns = s.metrics.Counts("stoa_signins_total",
		"Tries to sign in, by browser and API: success, refused (wrong or unknown), limited (too many), invalid (malformed input), unavailable (database away, or too many at once), error.",
		"result")
	for _, result := range signin.Results() {
		s.signIns.Expect(result)
	}
	s.emails = s.metrics.Counts("stoa_mails_total",
		"Letters, by kind and result: sent, void (its link opened nothing any more), abandoned.", "kind", "result")
	for _, kind := range mailer.Kinds() {
		for _, outcome := range mailer.Outcomes() {
			s.emails.Expect(string(kind), outcome)
		}
	}
}

func (s *observability) signedIn(result string)        { s.signIns.Count(result) }
func (s *observability) finished(kind, outcome string) { s.emails.Count(kind, outcome) }

// tracer returns what watches the pool's queries.
func (s *observability) tracer() pgx.QueryTracer {
	if s.traces == nil {
		return s.metrics.Queries
	}
	return multitracer.New(s.metrics.Queries, s.traces)
}

// expectJobs adds the backlog of the core's jobs to the metrics, and every kind of
// job with the count 0.
func (s *observability) expectJobs(c *core) {
	s.metrics.Backlog(c.conn)
	s.metrics.Jobs.Expect(c.jobs.Kinds()...)
}

// jobTrace returns the tracing of jobs. It is empty without a collector.
func (s *observability) jobTrace() jobs.Trace {
	if s.traces == nil {
		return jobs.Trace{}
	}
	return jobs.Trace{Carry: traces.Carry, Start: s.traces.Job}
}

// attempted counts an attempt at a job, and reports it when it was a panic or
// the last that failed. What will be tried again is none of a tracker's business
// yet, and what a handler gives up by itself, such as a letter to an address
// that there is not, is no fault of the program.
func (s *observability) attempted(ctx context.Context, a jobs.Attempt) {
	s.metrics.Jobs.Count(a.Kind, a.Result, a.Took)
	var stack []uintptr
	panicked := new(telemetry.Panic)
	if errors.As(a.Err, &panicked) {
		stack = panicked.PCs
	}
	if s.reports == nil || stack == nil && (a.Result != jobs.Abandoned || a.Refused) {
		return
	}
	// Ids alone: the arguments of a job may lead to a person.
	of := telemetry.Values(ctx)
	s.reports.Send(reports.Failure{
		Err: a.Err, Stack: stack, Where: "job " + a.Kind,
		RequestID: of["request_id"], UserID: of["user_id"], TraceID: of["trace_id"], JobID: of["job_id"],
	})
}

func (s *observability) close() {
	var both sync.WaitGroup // one that hangs takes nothing of the other's time
	if s.reports != nil {
		both.Go(func() { s.reports.Close(flushTimeout) })
	}
	if s.traces != nil {
		both.Go(s.closeTraces)
	}
	both.Wait()
}

func (s *observability) closeTraces() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := s.traces.Close(ctx); err != nil {
		slog.Warn("the last traces were not sent", "error", err)
	}
}
