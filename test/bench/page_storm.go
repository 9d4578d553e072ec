package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"stoa/test/rig"
)

const (
	pageStormCost = 12              // of a password hash; the default of the program
	signInPause   = 2 * time.Second // between two sign-ins
)

// pageStorm measures sign-ins on one processor while 32 connections request a page
// without pause. The yardstick is a sign-in without the pages.
func pageStorm(ctx context.Context, s *environment, p plan, r *report) error {
	on := s.serve(s.onOneProcessor(), high, rig.Env{"BCRYPT_COST": fmt.Sprint(pageStormCost)})
	storm := &candidate{name: "page storm", server: on}
	for range connections {
		storm.visitors = append(storm.visitors, newVisitor(on, "GET", "/login", "_csrf"))
	}
	user := signIn(on, s.users[0].email)
	if err := user.call(); err != nil { // the cost of the stored hash becomes the present one
		return err
	}
	var quiet, stormy time.Duration // of the slowest sign-in
	for range p.rounds {
		took, err := repeatEvery(ctx, user, signInPause, p.storm)
		if err != nil {
			return err
		}
		quiet = max(quiet, took)
		done := make(chan error, 1)
		go func() {
			_, err := storm.round(ctx, s.postgres, p.storm)
			done <- err
		}()
		took, err = repeatEvery(ctx, user, signInPause, p.storm)
		if err := first([]error{<-done, err}); err != nil {
			return err
		}
		stormy = max(stormy, took)
	}
	r.add("slowest sign-in in a storm of pages, one core, beside quiet", inMilliseconds(stormy), inMilliseconds(quiet), float64(stormy)/float64(quiet), noGoal)
	r.value("slowest sign-in in a storm of pages, one core", stormy.Seconds(), " s", atMost(3))
	return nil
}

// onOneProcessor returns a program that runs the binary on the first processor.
func (s *environment) onOneProcessor() string {
	script := filepath.Join(s.t.TempDir(), "stoa-on-one-processor")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nexec taskset -c 0 '"+s.binary+"' \"$@\"\n"), 0o755); err != nil {
		s.t.Fatal(err)
	}
	return script
}

// repeatEvery sends a request at each interval for the span, and returns the time of
// the slowest response.
func repeatEvery(ctx context.Context, v *visitor, interval, span time.Duration) (slowest time.Duration, err error) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for end := time.Now().Add(span); time.Now().Before(end) && ctx.Err() == nil; {
		begun := time.Now()
		if err := v.call(); err != nil {
			return 0, err
		}
		slowest = max(slowest, time.Since(begun))
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return slowest, ctx.Err()
}
