//go:build unix

package pgserver

import (
	"context"
	"time"
)

const (
	firstPause = 50 * time.Millisecond // before postgres is started again, doubled each time
	lastPause  = 2 * time.Second

	// settled is how long postgres must have lived for its end to count as
	// the first one.
	settled = 10 * time.Second

	// giveUpAfter is long, because what keeps postgres from starting (a full
	// disk) may be mended by hand meanwhile.
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
		s.log.Error("PostgreSQL ended by itself and is started again", "error", running.failure())
		if time.Since(begun) > settled {
			pause = firstPause
		}
		running, pause = s.restart(pause)
	}
}

// restart tries until postgres answers. It returns nil when Stop was called
// meanwhile, or when it has given up.
func (s *Server) restart(pause time.Duration) (*postmaster, time.Duration) {
	ctx, cancel := s.untilStop()
	defer cancel()
	giveUp := time.Now().Add(s.patience)
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
			s.log.Info("PostgreSQL answers again")
			return running, pause
		case ctx.Err() != nil:
			return nil, 0
		case time.Now().After(giveUp):
			s.log.Error("PostgreSQL does not start and is given up", "error", err)
			s.givenUp = true
			return nil, 0
		}
		s.log.Error("PostgreSQL does not start yet", "error", err, "next_try", pause)
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
