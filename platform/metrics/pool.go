package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"stoa/platform/pg"
)

// Pool adds the statistics of the pool, read at each scrape.
func (m *Metrics) Pool(db *pg.DB) { m.Register(poolCollector{db}) }

type poolCollector struct{ db *pg.DB }

var (
	poolConnections = prometheus.NewDesc("stoa_db_pool_connections", "Connections of the pool, by state.", []string{"state"}, nil)
	poolMax         = prometheus.NewDesc("stoa_db_pool_max_connections", "Maximum number of connections of the pool.", nil, nil)
	poolAcquires    = prometheus.NewDesc("stoa_db_pool_acquires_total", "Connections acquired.", nil, nil)
	poolWaits       = prometheus.NewDesc("stoa_db_pool_waits_total", "Waits for a connection.", nil, nil)
	poolWaited      = prometheus.NewDesc("stoa_db_pool_wait_seconds_total", "Total wait for connections.", nil, nil)
	poolGivenUp     = prometheus.NewDesc("stoa_db_pool_acquires_given_up_total", "Acquires that were given up before a connection was free.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c poolCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{poolConnections, poolMax, poolAcquires, poolWaits, poolWaited, poolGivenUp} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c poolCollector) Collect(ch chan<- prometheus.Metric) {
	s, waits := c.db.Pool().Stat(), c.db.Waits()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	gauge(poolConnections, float64(s.AcquiredConns()), "in_use")
	gauge(poolConnections, float64(s.IdleConns()), "idle")
	gauge(poolConnections, float64(s.ConstructingConns()), "connecting")
	gauge(poolMax, float64(s.MaxConns()))
	counter(poolAcquires, float64(s.AcquireCount()))
	counter(poolWaits, float64(waits.Count))
	counter(poolWaited, waits.Time.Seconds())
	counter(poolGivenUp, float64(waits.GivenUp))
}
