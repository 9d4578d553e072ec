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
	"stoa/platform/mail"
	"stoa/platform/metrics"
	"stoa/platform/pg"
	"stoa/platform/reports"
	"stoa/platform/telemetry"
	"stoa/platform/traces"
)

// flushTimeout is how long close may take to send the last traces and reports.
const flushTimeout = 3 * time.Second

// observability has the metrics, traces and error reports of the program. Traces
// and reports are nil when the settings name no receiver.
type observability struct {
	metrics  *metrics.Metrics
	signIns  *metrics.Counts
	emails   *metrics.Counts
	failures *metrics.Counts
	traces   *traces.Traces
	reports  *reports.Reports
}

// wireObservability starts the observability. Its close sends the last traces
// and reports.
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

// count registers the counters of sign-ins and emails. Every result of a sign-in is
// exported from the start, with the value 0.
func (s *observability) count() {
	s.signIns = s.metrics.Counts("stoa_signins_total",
		"Sign-in attempts, by browser and API: success, refused (wrong or unknown), limited (too many), invalid (malformed input), unavailable (database away, or too many at once), error.",
		"result")
	for _, result := range signin.Results() {
		s.signIns.Expect(result)
	}
	s.emails = s.metrics.Counts("stoa_mails_total",
		"Emails, by kind and result: sent, void (the link was no longer valid), abandoned.", "kind", "result")
	s.failures = s.metrics.Counts("stoa_mail_failures_total",
		"Failed attempts to send an email, by cause: recipient (the email address takes no email), operator (the settings, the account at the mail server or the sender's reputation), temporary (the server asks to try again), connection (no reply).", "cause")
	for _, cause := range mail.Causes() {
		s.failures.Expect(string(cause))
	}
}

// A process without metrics has a nil observability, which observes nothing.

func (s *observability) signedIn(result string) {
	if s != nil {
		s.signIns.Count(result)
	}
}

func (s *observability) finished(kind, outcome string) {
	if s != nil {
		s.emails.Count(kind, outcome)
	}
}

func (s *observability) mailFailed(cause string) {
	if s != nil {
		s.failures.Count(cause)
	}
}

// jobsConfig returns the configuration of the jobs in the database.
func (s *observability) jobsConfig(conn *pg.DB) jobs.Config {
	if s == nil {
		return jobs.Config{DB: conn}
	}
	return jobs.Config{DB: conn, Observe: s.attempted, Trace: s.jobTrace()}
}

// tracer returns the tracer of the pool's queries.
func (s *observability) tracer() pgx.QueryTracer {
	if s.traces == nil {
		return s.metrics.Queries
	}
	return multitracer.New(s.metrics.Queries, s.traces)
}

// expect adds the backlog of the core's jobs to the metrics, and every kind of job
// and email with the count 0.
func (s *observability) expect(c *core) {
	s.metrics.Backlog(c.DB)
	s.metrics.Jobs.Expect(c.Jobs.Kinds()...)
	for kind := range c.Mailer.Kinds() {
		for _, outcome := range mailer.Outcomes() {
			s.emails.Expect(string(kind), outcome)
		}
	}
}

// jobTrace returns the tracing of jobs. It is empty without a collector.
func (s *observability) jobTrace() jobs.Trace {
	if s.traces == nil {
		return jobs.Trace{}
	}
	return jobs.Trace{Carry: traces.Carry, Start: s.traces.Job}
}

// attempted counts an attempt at a job. It reports a panic and a failed last
// attempt. It does not report a failure that will be retried. Nor does it report a
// job that its handler refused, such as an email to an email address that does not
// exist: that is not an error of the program.
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
	// Only ids are reported, because a job's arguments may contain personal data.
	of := telemetry.Values(ctx)
	s.reports.Send(reports.Failure{
		Err: a.Err, Stack: stack, Where: "job " + a.Kind,
		RequestID: of["request_id"], UserID: of["user_id"], TraceID: of["trace_id"], JobID: of["job_id"],
	})
}

func (s *observability) close() {
	var both sync.WaitGroup // in parallel, so that both have the whole timeout
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
