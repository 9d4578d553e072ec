package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// requestBuckets are the histogram buckets of requests in seconds: from the time of
// a static file to the request's deadline.
var requestBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20}

// HTTP counts requests.
type HTTP struct {
	inFlight prometheus.Gauge
	totals   *table[response, prometheus.Counter]
	times    *table[endpoint, prometheus.Observer]
}

type endpoint struct{ route, method string }

type response struct {
	endpoint
	status int
}

func newHTTP(m *Metrics) *HTTP {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stoa_http_requests_total", Help: "Requests with a response.",
	}, []string{"route", "method", "status"})
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "stoa_http_request_duration_seconds", Help: "Time from a request's arrival to its response.", Buckets: requestBuckets,
	}, []string{"route", "method"})
	h := &HTTP{inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "stoa_http_requests_in_flight", Help: "Requests that are being processed.",
	})}
	h.totals = newTable(func(r response) prometheus.Counter {
		return requests.WithLabelValues(r.route, r.method, strconv.Itoa(r.status))
	})
	h.times = newTable(func(e endpoint) prometheus.Observer { return durations.WithLabelValues(e.route, e.method) })
	m.Register(requests, durations, h.inFlight)
	return h
}

// Begin counts a request as in flight.
func (h *HTTP) Begin() { h.inFlight.Inc() }

// End counts a request as finished.
func (h *HTTP) End() { h.inFlight.Dec() }

// Count counts a response. The route must be a pattern of the route table, and the
// method one that HTTP defines: every value of a label is kept in memory until the
// process ends.
func (h *HTTP) Count(route, method string, status int, took time.Duration) {
	e := endpoint{route, method}
	h.totals.get(response{e, status}).Inc()
	h.times.get(e).Observe(took.Seconds())
}
