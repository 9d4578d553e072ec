package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"

	"stoa/domain/letters"
	"stoa/platform/jobs"
	"stoa/platform/metrics"
	"stoa/platform/reports"
	"stoa/platform/traces"
)

// flushTimeout is how long the stop may wait for a collector or tracker to take
// what was seen last.
const flushTimeout = 3 * time.Second

// sight is how the program can be seen from outside. Traces and reports are nil
// where none are wanted.
type sight struct {
	metrics *metrics.Metrics
	traces  *traces.Traces
	reports *reports.Reports
}

// wireSight begins to look. Its close sends the rest.
func wireSight(ctx context.Context, cfg Config) (s *sight, err error) {
	s = &sight{metrics: metrics.New(version)}
	if cfg.OTLPEndpoint != "" {
		s.traces, err = traces.New(ctx, traces.Config{Endpoint: string(cfg.OTLPEndpoint), Version: version, Environment: string(cfg.Env)})
	}
	if cfg.SentryDSN != "" && err == nil {
		s.reports, err = reports.New(reports.Config{DSN: string(cfg.SentryDSN), Release: "stoa@" + version, Environment: string(cfg.Env)})
	}
	return s, err
}

// tracer returns what watches the pool's queries.
func (s *sight) tracer() pgx.QueryTracer {
	if s.traces == nil {
		return s.metrics.Queries
	}
	return multitracer.New(s.metrics.Queries, s.traces)
}

// watch counts and follows the jobs and the letters of the core, before they
// start.
func (s *sight) watch(c *core) {
	s.metrics.Backlog(c.conn)
	s.metrics.Jobs.Expect(c.jobs.Kinds()...)
	c.jobs.Watch(s.metrics.Jobs.Count)
	for _, kind := range letters.Kinds() {
		s.metrics.Mails.Expect(string(kind), letters.Outcomes()...)
	}
	c.letters.Finished = s.metrics.Mails.Count
	if s.traces != nil {
		c.jobs.Follow(jobs.Trace{Carry: traces.Carry, Start: s.traces.Job})
	}
}

func (s *sight) close() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if s.reports != nil {
		s.reports.Close(flushTimeout)
	}
	if s.traces != nil {
		if err := s.traces.Close(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			slog.Warn("the last traces were not sent", "error", err)
		}
	}
}
