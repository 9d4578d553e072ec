//go:build unix

package pgserver

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// These benchmarks measure what a developer waits for, with the settings of
// development (fsync on).

func BenchmarkStart_FromNothing(b *testing.B) {
	dir := b.TempDir()
	var total times
	for i := 0; b.Loop(); i++ {
		total.cycle(b, filepath.Join(dir, strconv.Itoa(i)))
	}
	total.report(b)
}

func BenchmarkStart_Warm(b *testing.B) {
	dir := b.TempDir()
	new(times).cycle(b, dir)
	var total times
	for b.Loop() {
		total.cycle(b, dir)
	}
	total.report(b)
}

type times struct{ start, stop time.Duration }

// cycle starts and stops a server.
func (total *times) cycle(b *testing.B, dir string) {
	b.Helper()
	cfg := config(dir)
	cfg.Unsafe = false
	begun := time.Now()
	s, err := Start(context.Background(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	ready := time.Now()
	if err := s.Stop(context.Background()); err != nil {
		b.Fatal(err)
	}
	total.start += ready.Sub(begun)
	total.stop += time.Since(ready)
}

func (total *times) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(total.start.Microseconds())/1000/float64(b.N), "ms-to-ready")
	b.ReportMetric(float64(total.stop.Microseconds())/1000/float64(b.N), "ms-to-stop")
}
