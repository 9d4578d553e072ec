package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"stoa/platform/fault"
	"stoa/platform/pg"
)

// SignIns counts how tries to sign in end.
type SignIns struct{ results map[string]prometheus.Counter }

func newSignIns(m *Metrics) *SignIns {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stoa_signins_total",
		Help: "Tries to sign in, by browser and API: success, refused (wrong or unknown), limited (too many), invalid (malformed input), unavailable (database away, or too many at once), error.",
	}, []string{"result"})
	s := &SignIns{results: map[string]prometheus.Counter{}}
	for _, result := range []string{"success", "refused", "limited", "invalid", "unavailable", "error"} {
		s.results[result] = vec.WithLabelValues(result) // all there from the start, at zero
	}
	m.Register(vec)
	return s
}

// Count counts a try that ended with err, nil for a success.
func (s *SignIns) Count(err error) { s.results[signInResult(err)].Inc() }

func signInResult(err error) string {
	if err == nil {
		return "success"
	}
	f := fault.As(err)
	switch {
	case pg.Unavailable(err):
		return "unavailable"
	case f == nil:
		return "error"
	}
	switch f.Kind {
	case fault.Unauthenticated, fault.Denied:
		return "refused"
	case fault.TooMany:
		return "limited"
	case fault.Invalid, fault.Malformed:
		return "invalid"
	case fault.Unavailable:
		return "unavailable"
	}
	return "error"
}
