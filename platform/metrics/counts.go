package metrics

import "github.com/prometheus/client_golang/prometheus"

// Counts is a counter with labels that another package increments. Each label must
// have few values.
type Counts struct{ totals *prometheus.CounterVec }

// Counts registers a counter of that name.
func (m *Metrics) Counts(name, help string, labels ...string) *Counts {
	totals := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.Register(totals)
	return &Counts{totals}
}

// Expect creates the counter of these label values at zero. Prometheus does not see
// an increase when a counter first appears at one.
func (c *Counts) Expect(values ...string) { c.totals.WithLabelValues(values...) }

// Count adds one.
func (c *Counts) Count(values ...string) { c.totals.WithLabelValues(values...).Inc() }
