package main

import (
	"context"
	"os"
	"time"

	"stoa/test/rig"
)

const (
	starts  = 7               // the median is reported
	settled = 3 * time.Second // after a start, until memory is measured
	mib     = 1 << 20
)

// footprint measures the program without load: the size of the binary, the time
// to the first response, and the memory of the idle process.
func footprint(_ context.Context, s *environment, _ plan, r *report) error {
	binary, err := os.Stat(s.binary)
	if err != nil {
		return err
	}
	r.value("binary, as for a release", float64(binary.Size())/1e6, " MB", atMost(45))
	var took []float64
	for range starts {
		one := s.serve(s.binary, off) // development: it stops without waiting for a proxy
		took = append(took, one.Took.Seconds()*1000)
		if err := one.Stop(); err != nil {
			return err
		}
	}
	r.value("start to the first 200, database present", median(took), " ms", atMost(300))
	return idle(s, r)
}

// idle measures the memory of a process after one response.
func idle(s *environment, r *report) error {
	one := s.serve(s.binary, off)
	time.Sleep(settled)
	resident, err := memory(one.PID(), "smaps_rollup", "Rss")
	if err != nil {
		return err
	}
	r.value("idle memory of stoa alone (RSS)", float64(resident)/mib, " MiB", atMost(40))
	return one.Stop()
}

// underLoad reports the peak memory of the two processes.
func underLoad(_ context.Context, s *environment, _ plan, r *report) error {
	var most int64
	for _, p := range []*rig.App{s.stoa, s.unlimited} {
		peak, err := memory(p.PID(), "status", "VmHWM")
		if err != nil {
			return err
		}
		most = max(most, peak)
	}
	r.value("memory under load (RSS, highest)", float64(most)/mib, " MiB", atMost(80))
	return nil
}
