//go:build unix

package server

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// What a person waits for, with the settings of development (fsync on).

func BenchmarkStart_FromNothing(b *testing.B) {
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		cycle(b, filepath.Join(dir, strconv.Itoa(i)))
	}
}

func BenchmarkStart_Warm(b *testing.B) {
	dir := b.TempDir()
	cycle(b, dir)
	for b.Loop() {
		cycle(b, dir)
	}
}

// cycle starts and stops a server and reports how long each took.
func cycle(b *testing.B, dir string) {
	b.Helper()
	opts := options(dir)
	opts.Unsafe = false
	begun := time.Now()
	s, err := Start(context.Background(), opts)
	if err != nil {
		b.Fatal(err)
	}
	ready := time.Now()
	if err := s.Stop(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(ready.Sub(begun).Milliseconds()), "ms-to-ready")
	b.ReportMetric(float64(time.Since(ready).Milliseconds()), "ms-to-stop")
}
