package metrics

import "github.com/prometheus/client_golang/prometheus"

// Mails counts letters whose outcome this process has noted.
type Mails struct {
	totals *table[letter, prometheus.Counter]
}

type letter struct{ kind, result string }

func newMails(m *Metrics) *Mails {
	totals := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stoa_mails_total", Help: "Letters, by kind and result: sent, void (its link opened nothing any more), abandoned.",
	}, []string{"kind", "result"})
	m.Register(totals)
	return &Mails{newTable(func(l letter) prometheus.Counter { return totals.WithLabelValues(l.kind, l.result) })}
}

// Expect has a kind's results be there from the start, at zero.
func (m *Mails) Expect(kind string, results ...string) {
	for _, result := range results {
		m.totals.get(letter{kind, result})
	}
}

// Count counts a letter. Kind and result are of the few that letters have.
func (m *Mails) Count(kind, result string) { m.totals.get(letter{kind, result}).Inc() }
