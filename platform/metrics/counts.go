package metrics

import "github.com/prometheus/client_golang/prometheus"

// Counts counts what another part of the program knows the meaning of, by the
// values of its labels, of which there are few.
type Counts struct{ totals *prometheus.CounterVec }

// Counts adds a counter of that name.
func (m *Metrics) Counts(name, help string, labels ...string) *Counts {
	totals := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.Register(totals)
	return &Counts{totals}
}

// Expect has the count of these values be there from the start, at zero:
// Prometheus sees no increase in what appears at one.
func (c *Counts) Expect(values ...string) { c.totals.WithLabelValues(values...) }

// Count counts one more.
func (c *Counts) Count(values ...string) { c.totals.WithLabelValues(values...).Inc() }
