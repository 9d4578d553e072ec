// Package metrics has the metrics of the program for Prometheus. Their names must
// not change, because operators rely on them. Every label has few values,
// independent of what clients send.
package metrics

import (
	"io"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
)

// ContentType is the media type of the output of Write.
const ContentType = `text/plain; version=0.0.4; charset=utf-8`

// Metrics has all metrics. It does not use the global registry, so that a process
// can have two, as tests do.
type Metrics struct {
	HTTP    *HTTP
	Queries *Queries
	Jobs    *Jobs

	registry *prometheus.Registry
}

// Config has the attributes of this process.
type Config struct {
	Version string // of the program
}

// New returns metrics that include those of the Go runtime and of the process
// under their usual names.
func New(c Config) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "stoa_build_info", Help: "1, with the version of the program and of Go as labels.",
	}, []string{"version", "go_version"})
	build.WithLabelValues(c.Version, runtime.Version()).Set(1)
	m.Register(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.HTTP, m.Queries, m.Jobs = newHTTP(m), newQueries(m), newJobs(m)
	return m
}

// Register adds collectors of another package. It panics when a name is registered
// twice.
func (m *Metrics) Register(collectors ...prometheus.Collector) {
	m.registry.MustRegister(collectors...)
}

// Write writes all metrics in the text format of Prometheus.
func (m *Metrics) Write(w io.Writer) error {
	families, err := m.registry.Gather()
	if err != nil {
		return err
	}
	encoder := expfmt.NewEncoder(w, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			return err
		}
	}
	return nil
}
