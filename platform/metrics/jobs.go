package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stoa/platform/jobs"
	"stoa/platform/pg"
)

// jobBuckets are the limits in seconds between which attempts at jobs are
// sorted: from one look into the database to the longest that one may take.
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
		Name: "stoa_jobs_total", Help: "Attempts at jobs, by kind and result: done, failed (will be tried again), abandoned (will not).",
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

// Expect has the kinds be there from the start, at zero: Prometheus sees no
// increase in what appears at one.
func (j *Jobs) Expect(kinds ...string) {
	for _, kind := range kinds {
		j.times.get(kind)
		for _, result := range []jobs.Result{jobs.Done, jobs.Failed, jobs.Abandoned} {
			j.totals.get(attempt{kind, result})
		}
	}
}

// Count counts an attempt; see jobs.Watch. The kind is one that has a handler.
func (j *Jobs) Count(kind string, result jobs.Result, took time.Duration) {
	j.totals.get(attempt{kind, result}).Inc()
	j.times.get(kind).Observe(took.Seconds())
}

// Backlog adds how the jobs of all replicas stand, asked at each scrape. While
// the database is away they are missing, and the rest is there.
func (m *Metrics) Backlog(db *pg.DB) { m.Register(backlogCollector{db}) }

// backlogTimeout is how long a scrape may wait for the backlog.
const backlogTimeout = time.Second

type backlogCollector struct{ db *pg.DB }

var (
	jobsWaiting = prometheus.NewDesc("stoa_jobs_waiting", "Jobs of all replicas that are to be done now.", nil, nil)
	jobsOldest  = prometheus.NewDesc("stoa_jobs_oldest_wait_seconds", "How long the longest of these has waited.", nil, nil)
	jobsFailing = prometheus.NewDesc("stoa_jobs_failing", "Jobs of all replicas that have failed and will be tried again.", nil, nil)
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
		return // a scrape without these says more than none
	}
	for d, v := range map[*prometheus.Desc]float64{
		jobsWaiting: float64(b.Waiting), jobsOldest: b.Oldest.Seconds(), jobsFailing: float64(b.Failing),
	} {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
}
