// Package chaos causes the faults that a service meets, under two replicas
// behind the sample nginx with people at work, and holds the program to what
// it promises for each. There are two forms of one set of tests: the short one
// runs among all tests and asserts what a busy machine cannot break; the long
// one, `make chaos`, has a machine to itself, lasts as long as faults do, and
// is also held to the seconds and percentiles.
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

// long is whether this is the long form.
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

// parallel lets the short form's tests run beside each other. In the long form
// each has the machine to itself.
func parallel(t *testing.T) {
	if !long {
		t.Parallel()
	}
}

// row is a line of the table: a fault, what is promised for it, and what was
// measured. The promise is held when the test passes.
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

// within adds a time to the row, which the long form holds to its limit.
func (r *row) within(what string, got, limit time.Duration) {
	r.t.Helper()
	r.measured("%s %s", what, readable(got))
	if long && got > limit {
		r.t.Errorf("%s: %s, want at most %s", what, got, limit)
	}
}

// readable rounds a time to what somebody wants to know of it.
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
			held = "not tried"
		}
		fmt.Printf("| %s | %s | %s | %s |\n", r.fault, r.promise, strings.Join(r.facts, "; "), held)
	}
}
