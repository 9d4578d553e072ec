package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// requestBuckets are the limits in seconds between which requests are sorted:
// from a static file to the request's deadline.
var requestBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20}

// HTTP counts requests.
type HTTP struct {
	inFlight prometheus.Gauge
	totals   *table[answered, prometheus.Counter]
	times    *table[asked, prometheus.Observer]
}

type asked struct{ route, method string }

type answered struct {
	asked
	status int
}

func newHTTP(m *Metrics) *HTTP {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stoa_http_requests_total", Help: "Requests that were answered.",
	}, []string{"route", "method", "status"})
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "stoa_http_request_duration_seconds", Help: "Time from a request's arrival to its answer.", Buckets: requestBuckets,
	}, []string{"route", "method"})
	h := &HTTP{inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "stoa_http_requests_in_flight", Help: "Requests that are being answered.",
	})}
	h.totals = newTable(func(a answered) prometheus.Counter {
		return requests.WithLabelValues(a.route, a.method, strconv.Itoa(a.status))
	})
	h.times = newTable(func(a asked) prometheus.Observer { return durations.WithLabelValues(a.route, a.method) })
	m.Register(requests, durations, h.inFlight)
	return h
}

// Enter counts a request in.
func (h *HTTP) Enter() { h.inFlight.Inc() }

// Leave counts a request out that Enter counted in.
func (h *HTTP) Leave() { h.inFlight.Dec() }

// Answered counts an answer. The route is a pattern of the route table and the
// method one of HTTP's own: both go into labels, each value of which is kept
// for ever.
func (h *HTTP) Answered(route, method string, status int, took time.Duration) {
	a := asked{route, method}
	h.totals.get(answered{a, status}).Inc()
	h.times.get(a).Observe(took.Seconds())
}
