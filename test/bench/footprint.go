package main

import (
	"context"
	"os"
	"time"
)

const (
	starts  = 7               // of which the median counts
	settled = 3 * time.Second // after a start, until memory is looked at
	mib     = 1 << 20
)

// footprint measures what the program needs before anybody comes: the size of
// the binary, the time to the first answer, and its memory alone.
func footprint(ctx context.Context, s *stage, p plan, r *report) error {
	binary, err := os.Stat(s.binary)
	if err != nil {
		return err
	}
	r.value("binary, as for a release", float64(binary.Size())/1e6, " MB", atMost(45))
	var took []float64
	for range starts {
		one, err := s.serve(ctx, "start", p, off...) // which does not wait for a proxy when it stops
		if err != nil {
			return err
		}
		took = append(took, one.took.Seconds()*1000)
		if err := one.stop(); err != nil {
			return err
		}
	}
	r.value("start to the first 200, database present", median(took), " ms", atMost(300))
	return idle(ctx, s, p, r)
}

// idle measures the memory of a process that has answered once.
func idle(ctx context.Context, s *stage, p plan, r *report) error {
	one, err := s.serve(ctx, "idle", p, off...)
	if err != nil {
		return err
	}
	time.Sleep(settled)
	resident, err := memory(one.pid(), "smaps_rollup", "Rss")
	if err != nil {
		return err
	}
	r.value("idle memory of stoa alone (RSS)", float64(resident)/mib, " MiB", atMost(40))
	return one.stop()
}

// underLoad reports the most memory that the two processes have had.
func underLoad(_ context.Context, s *stage, _ plan, r *report) error {
	var most int64
	for _, p := range []*process{s.stoa, s.unlimited} {
		peak, err := memory(p.pid(), "status", "VmHWM")
		if err != nil {
			return err
		}
		most = max(most, peak)
	}
	r.value("memory under load (RSS, highest)", float64(most)/mib, " MiB", atMost(80))
	return nil
}
