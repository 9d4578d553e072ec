// Package chaos causes the faults that a service meets, in two replicas behind
// the sample nginx under load, and checks the promise that the program makes for
// each fault. The tests have two forms. The short form runs with all other tests
// and asserts only what holds on a busy machine. The long form, `make chaos`,
// needs a machine to itself, lasts as long as real faults, and also asserts the
// seconds and percentiles.
package chaos

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/test/rig"
)

// long reports whether this is the long form.
var long = os.Getenv("CHAOS") != ""

func TestMain(m *testing.M) {
	if long {
		rig.AtEnd(printTable)
	}
	rig.Main(m)
}

// lasting returns how long a fault lasts in this form.
func lasting(inLong, inShort time.Duration) time.Duration {
	if long {
		return inLong
	}
	return inShort
}

// parallel runs the tests of the short form in parallel. In the long form each
// test has the machine to itself.
func parallel(t *testing.T) {
	if !long {
		t.Parallel()
	}
}

// row is a line of the table: a fault, the promise for it, and the measured
// facts. The promise holds when the test passes.
type row struct {
	t              testing.TB
	fault, promise string
	facts          []string
}

var table struct {
	mu   sync.Mutex
	rows []*row
}

func newRow(t testing.TB, fault, promise string) *row {
	r := &row{t: t, fault: fault, promise: promise}
	table.mu.Lock()
	defer table.mu.Unlock()
	table.rows = append(table.rows, r)
	return r
}

// measured adds a fact to the row.
func (r *row) measured(format string, args ...any) {
	r.facts = append(r.facts, fmt.Sprintf(format, args...))
	r.t.Log(r.facts[len(r.facts)-1])
}

// within adds a time to the row. The long form fails when it exceeds the limit.
func (r *row) within(what string, got, limit time.Duration) {
	r.t.Helper()
	r.measured("%s %s", what, readable(got))
	if long && got > limit {
		r.t.Errorf("%s: %s, want at most %s", what, got, limit)
	}
}

// readable rounds a time for the table.
func readable(d time.Duration) time.Duration {
	if d < 100*time.Millisecond {
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(10 * time.Millisecond)
}

// printTable prints the rows as Markdown.
func printTable() {
	fmt.Println("\n| fault | promise | measured | held |\n|---|---|---|---|")
	for _, r := range table.rows {
		held := "yes"
		if r.t.Failed() {
			held = "no"
		} else if r.t.(interface{ Skipped() bool }).Skipped() {
			held = "not run"
		}
		fmt.Printf("| %s | %s | %s | %s |\n", r.fault, r.promise, strings.Join(r.facts, "; "), held)
	}
}
