package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report collects the lines and prints them at the end.
type report struct {
	out     io.Writer
	details [][]string
	lines   [][]string
	missed  int
}

func newReport(out io.Writer) *report {
	return &report{
		out:     out,
		details: [][]string{{"candidate", "requests/s", "p50", "p99", "CPU/request", "server", "database"}},
		lines:   [][]string{{"line", "measured", "yardstick", "ratio", "goal", ""}},
	}
}

// progress prints the progress of the run.
func (r *report) progress(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

// candidates adds a line for each candidate: medians of its rounds and quantiles
// of all its response times.
func (r *report) candidates(all ...*candidate) {
	for _, c := range all {
		var took []time.Duration
		for _, s := range c.rounds {
			took = slices.Concat(append(s.visits, took)...)
		}
		per := func(of func(sample) time.Duration) string {
			return inMicroseconds(time.Duration(c.median(func(s sample) float64 { return float64(of(s)) / float64(s.count) })))
		}
		r.details = append(r.details, []string{
			c.name, fmt.Sprintf("%.0f", c.median(sample.perSecond)), inMilliseconds(quantile(took, 0.5)), inMilliseconds(quantile(took, 0.99)),
			per(func(s sample) time.Duration { return s.server + s.pg }),
			per(func(s sample) time.Duration { return s.server }), per(func(s sample) time.Duration { return s.pg }),
		})
	}
}

// cpu adds a line that compares processor times per request.
func (r *report) cpu(line string, c, yard *candidate, g goal) {
	of := func(s sample) float64 { return float64(s.cpu()) }
	r.add(line, inMicroseconds(time.Duration(c.median(of))), inMicroseconds(time.Duration(yard.median(of))), c.ratio(yard, of), g)
}

// goal is the bound for a line; the zero goal is none.
type goal struct {
	sign  string // ≤ or ≥
	bound float64
}

var noGoal goal

func atMost(bound float64) goal  { return goal{"≤", bound} }
func atLeast(bound float64) goal { return goal{"≥", bound} }

func (g goal) holds(value float64) bool {
	if g.sign == "≥" {
		return value >= g.bound
	}
	return value <= g.bound
}

func (g goal) String() string { return fmt.Sprintf("%s %g", g.sign, g.bound) }

// add adds a line with a goal for the ratio.
func (r *report) add(line, measured, yardstick string, ratio float64, g goal) {
	r.judge([]string{line, measured, yardstick, fmt.Sprintf("%.2f", ratio)}, ratio, g, g.String())
}

// value adds a line with a goal for the measured value itself.
func (r *report) value(line string, value float64, unit string, g goal) {
	r.judge([]string{line, fmt.Sprintf("%.4g%s", value, unit), "", ""}, value, g, g.String()+unit)
}

func (r *report) judge(cells []string, value float64, g goal, want string) {
	switch {
	case g == noGoal:
		cells = append(cells, "", "")
	case g.holds(value):
		cells = append(cells, want, "ok")
	default:
		r.missed++
		cells = append(cells, want, "MISSED")
	}
	r.lines = append(r.lines, cells)
}

// print prints both tables.
func (r *report) print() {
	fmt.Fprintf(r.out, "\n%s, %d cores, %s/%s\n\n", time.Now().Format(time.DateOnly), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	r.table(r.details)
	r.table(r.lines)
	if r.missed == 0 {
		fmt.Fprintln(r.out, "Every goal is met.")
		return
	}
	fmt.Fprintf(r.out, "%d missed.\n", r.missed)
}

// table prints rows as aligned Markdown.
func (r *report) table(rows [][]string) {
	w := tabwriter.NewWriter(r.out, 0, 0, 1, ' ', 0)
	for i, row := range rows {
		fmt.Fprintln(w, "| "+strings.Join(row, "\t| ")+"\t|")
		if i == 0 {
			fmt.Fprintln(w, strings.Repeat("|---", len(row))+"|")
		}
	}
	w.Flush()
	fmt.Fprintln(r.out)
}
