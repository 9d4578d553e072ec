package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"stoa/platform/jobs"
	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/reports/reportstest"
	"stoa/platform/telemetry"
	"stoa/platform/waittest"
)

// Jobs that fail, each in its own way.
type (
	stumbling  struct{ Secret string } // panics at the first attempt
	never      struct{}                // fails at every attempt
	impossible struct{}                // is refused by its handler
)

func (stumbling) Kind() string  { return "stumbling" }
func (never) Kind() string      { return "never" }
func (impossible) Kind() string { return "impossible" }

//go:noinline
func stumble() { panic("lost") }

// A panic in a job and a failed last attempt are reported. A failure that is
// retried is not reported, nor is a job that its handler refuses.
func TestObservability_ReportsOfJobs(t *testing.T) {
	t.Parallel()
	tracker := reportstest.Start(t)
	cfg := testConfig(t, []string{"SENTRY_DSN=" + tracker.DSN, "SECRET_KEY=" + testKey})
	obs, err := wireObservability(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	core, err := wireCore(t.Context(), cfg, pgtest.New(t).DB, obs)
	if err != nil {
		t.Fatal(err)
	}
	defer core.close()
	soon := func(int) time.Duration { return time.Millisecond }
	stumbled := false
	jobs.Handle(core.Jobs, jobs.Handler[stumbling]{Backoff: soon, Work: func(context.Context, stumbling) error {
		if !stumbled {
			stumbled = true
			stumble()
		}
		return nil
	}})
	jobs.Handle(core.Jobs, jobs.Handler[never]{Attempts: 3, Backoff: soon, Work: func(context.Context, never) error { return errors.ErrUnsupported }})
	jobs.Handle(core.Jobs, jobs.Handler[impossible]{Work: func(context.Context, impossible) error { return jobs.Final(errors.ErrUnsupported) }})
	obs.expect(core)
	ctx := telemetry.With(t.Context(), slog.String("request_id", "request-0001"), slog.String("user_id", "user-1"))
	if err := core.DB.Tx(ctx, func(tx *pg.Tx) error {
		return errors.Join(core.Jobs.Insert(ctx, tx, stumbling{"hunter2"}), core.Jobs.Insert(ctx, tx, never{}), core.Jobs.Insert(ctx, tx, impossible{}))
	}); err != nil {
		t.Fatal(err)
	}
	if err := core.Jobs.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	waittest.Until(t, "the jobs to end", func() bool {
		var over int
		err := core.DB.QueryRow(t.Context(), `SELECT count(*) FROM river.river_job
			WHERE (kind, state) IN (('stumbling', 'completed'), ('never', 'discarded'), ('impossible', 'cancelled'))`).Scan(&over)
		return err == nil && over == 3
	})
	if err := core.stopJobs(); err != nil {
		t.Fatal(err)
	}
	obs.close()
	sent := map[string]reportstest.Event{}
	for _, e := range tracker.Events() {
		sent[e.Transaction] = e
		if e.Tags["request_id"] != "request-0001" || e.User["id"] != "user-1" || e.Tags["job_id"] == "" {
			t.Errorf("a report lacks the ids of its request, user or job: %+v", e)
		}
	}
	if len(tracker.Events()) != 2 || len(sent["job never"].Exception) == 0 || len(sent["job stumbling"].Exception) == 0 {
		t.Fatalf("the reports are %s", tracker.Raw())
	}
	if frames := sent["job stumbling"].Frames(); !strings.Contains(strings.Join(frames[:2], " "), "stumble") {
		t.Errorf("the panic's stack is %q, want stumble first", frames)
	}
	if strings.Contains(tracker.Raw(), "hunter2") {
		t.Errorf("a report contains the arguments: %s", tracker.Raw())
	}
}
