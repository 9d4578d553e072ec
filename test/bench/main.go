// Command bench measures Stoa beside yardsticks, on one machine and in one run
// (make bench), or beside an older build of itself (make bench BEFORE=commit). It builds the program as for a release, starts it and a private
// PostgreSQL with fsync on, and prints a measurement for each goal. Machines
// differ, and their speed varies. Most goals are therefore ratios to a yardstick
// that ran in the seconds before and after.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"stoa/test/rig"
)

// plan has the durations and sizes of the measurements.
type plan struct {
	rounds     int           // of each candidate, interleaved
	pages      time.Duration // one round of pages and calls
	hashes     time.Duration // one round of sign-ins
	storm      time.Duration // one round of pages in a storm
	lookups    time.Duration // one round of look-ups
	pairs      int           // of requests with a hanging mail server
	tableUsers int           // rows of the large table for lookups
	rate       int           // page requests per second beside the storm
	cost       int           // of a password hash
	pgBin      string
	only       string // the only part to measure; "" for all
	before     string // the commit to compare with; "" for the yardsticks
}

var (
	full  = plan{rounds: 6, pages: 1500 * time.Millisecond, hashes: 4 * time.Second, storm: 5 * time.Second, lookups: 700 * time.Millisecond, pairs: 400, tableUsers: 1_000_000}
	quick = plan{rounds: 3, pages: 700 * time.Millisecond, hashes: 3 * time.Second, storm: 3 * time.Second, lookups: 300 * time.Millisecond, pairs: 100, tableUsers: 100_000}
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == yardstickCommand {
		exit(serveYardstick())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := setUp()
	exit(rig.Program(ctx, func(t testing.TB) { run(t, p) }))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// setUp reads the flags.
func setUp() plan {
	short := flag.Bool("quick", false, "a short run, for a first look")
	users := flag.Int("users", 0, "rows of the large look-up (default 1000000)")
	rounds := flag.Int("rounds", 0, "rounds of each candidate")
	rate := flag.Int("rate", 500, "page requests per second beside the storm")
	cost := flag.Int("cost", 10, "bcrypt cost")
	only := flag.String("only", "", "the one part to measure, such as storm")
	before := flag.String("before", "", "an older commit: compare with its build instead of the yardsticks")
	bin := flag.String("pg-bin", "", "directory of PostgreSQL's programs (default: searched for)")
	flag.Parse()
	p := full
	if *short {
		p = quick
	}
	if *before != "" {
		p.rounds *= 2 // the interval becomes narrower
	}
	if *users > 0 {
		p.tableUsers = *users
	}
	if *rounds > 0 {
		p.rounds = *rounds
	}
	p.rate, p.cost, p.pgBin, p.only, p.before = *rate, *cost, *bin, *only, *before
	return p
}

// run measures everything and prints the tables. A missed goal is not an error,
// because a timed check would fail on a busy machine.
func run(t testing.TB, p plan) {
	if p.before != "" {
		compare(t, p)
		return
	}
	begun := time.Now()
	s := newEnvironment(t, p)
	s.startAll()
	r := newReport(os.Stdout)
	for _, part := range []struct {
		name    string
		measure func(context.Context, *environment, plan, *report) error
	}{
		{"start, size and memory", footprint},
		{"pages and calls", pages},
		{"queries", queries},
		{"password hashes", hashes},
		{"sign-in storm", signInStorm},
		{"page storm", pageStorm},
		{"look-ups", lookups},
		{"mail", hangingMail},
		{"memory under load", underLoad},
	} {
		if !p.measures(part.name) {
			continue
		}
		r.progress("%5.0fs  %s", time.Since(begun).Seconds(), part.name)
		if err := part.measure(t.Context(), s, p, r); err != nil {
			t.Fatalf("%s: %v", part.name, err)
		}
	}
	r.progress("%5.0fs  done", time.Since(begun).Seconds())
	r.print()
}
