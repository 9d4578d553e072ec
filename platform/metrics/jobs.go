package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stoa/platform/jobs"
	"stoa/platform/pg"
)

// jobBuckets are the histogram buckets of attempts at jobs in seconds: from the time
// of one query to the timeout of an attempt.
var jobBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15}

// Jobs counts attempts at jobs that end in this process.
type Jobs struct {
	totals *table[attempt, prometheus.Counter]
	times  *table[string, prometheus.Observer]
}

type attempt struct {
	kind   string
	result jobs.Result
}

func newJobs(m *Metrics) *Jobs {
	totals := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stoa_jobs_total", Help: "Attempts at jobs, by kind and result: done, failed (will be retried), abandoned (will not be retried).",
	}, []string{"kind", "result"})
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "stoa_job_duration_seconds", Help: "Time that an attempt at a job took, by kind.", Buckets: jobBuckets,
	}, []string{"kind"})
	m.Register(totals, durations)
	return &Jobs{
		totals: newTable(func(a attempt) prometheus.Counter { return totals.WithLabelValues(a.kind, string(a.result)) }),
		times:  newTable(func(kind string) prometheus.Observer { return durations.WithLabelValues(kind) }),
	}
}

// Expect creates the counters of the kinds at zero. Prometheus does not see an
// increase when a counter first appears at one.
func (j *Jobs) Expect(kinds ...string) {
	for _, kind := range kinds {
		j.times.get(kind)
		for _, result := range []jobs.Result{jobs.Done, jobs.Failed, jobs.Abandoned} {
			j.totals.get(attempt{kind, result})
		}
	}
}

// Count counts an attempt; see jobs.Config. The kind must have a handler.
func (j *Jobs) Count(kind string, result jobs.Result, took time.Duration) {
	j.totals.get(attempt{kind, result}).Inc()
	j.times.get(kind).Observe(took.Seconds())
}

// Backlog adds the backlog of the jobs of all replicas, which each scrape reads from
// the database. While the database is unavailable only these metrics are missing.
func (m *Metrics) Backlog(db *pg.DB) { m.Register(backlogCollector{db}) }

// backlogTimeout is how long a scrape may wait for the backlog.
const backlogTimeout = time.Second

type backlogCollector struct{ db *pg.DB }

var (
	jobsWaiting = prometheus.NewDesc("stoa_jobs_waiting", "Jobs of all replicas that are due.", nil, nil)
	jobsOldest  = prometheus.NewDesc("stoa_jobs_oldest_wait_seconds", "Wait of the oldest of these jobs.", nil, nil)
	jobsFailing = prometheus.NewDesc("stoa_jobs_failing", "Jobs of all replicas that have failed and will be retried.", nil, nil)
)

// Describe implements prometheus.Collector.
func (backlogCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobsWaiting, jobsOldest, jobsFailing} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c backlogCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), backlogTimeout)
	defer cancel()
	b, err := jobs.ReadBacklog(ctx, c.db)
	if err != nil {
		return // a scrape without these is better than a failed one
	}
	for d, v := range map[*prometheus.Desc]float64{
		jobsWaiting: float64(b.Waiting), jobsOldest: b.Oldest.Seconds(), jobsFailing: float64(b.Failing),
	} {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
}
