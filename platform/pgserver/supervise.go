//go:build unix

package pgserver

import (
	"context"
	"time"
)

const (
	firstPause = 50 * time.Millisecond // before postgres is started again, doubled each time
	lastPause  = 2 * time.Second

	// stableAfter is how long postgres must have run for the pause to start again at
	// firstPause when it ends.
	stableAfter = 10 * time.Second

	// giveUpAfter is how long restarts may fail. It is long, because an operator
	// may fix the cause (a full disk) meanwhile.
	giveUpAfter = 5 * time.Minute
)

// supervise starts postgres again whenever it ends, until Stop is called.
func (s *Server) supervise(running *postmaster) {
	defer s.finish()
	pause := firstPause
	for running != nil {
		begun := time.Now()
		select {
		case <-s.stopping:
			running.stop()
			return
		case <-running.ended:
		}
		s.log.Error("PostgreSQL ended unexpectedly and is restarted", "error", running.failure())
		if time.Since(begun) > stableAfter {
			pause = firstPause
		}
		running, pause = s.restart(pause)
	}
}

// restart starts postgres, again and again until it accepts connections. It
// returns nil when Stop was called meanwhile, or when it has given up.
func (s *Server) restart(pause time.Duration) (*postmaster, time.Duration) {
	ctx, cancel := s.untilStop()
	defer cancel()
	giveUp := time.Now().Add(s.restartLimit)
	for {
		select {
		case <-s.stopping:
			return nil, 0
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
		running, err := s.launcher.launch(ctx)
		switch {
		case err == nil:
			s.log.Info("PostgreSQL accepts connections again")
			return running, pause
		case ctx.Err() != nil:
			return nil, 0
		case time.Now().After(giveUp):
			s.log.Error("PostgreSQL cannot be restarted: giving up", "error", err)
			s.givenUp = true
			return nil, 0
		}
		s.log.Error("PostgreSQL cannot be restarted yet", "error", err, "next_try", pause)
	}
}

// untilStop returns a context that ends when Stop is called.
func (s *Server) untilStop() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		select {
		case <-s.stopping:
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
