//go:build unix

package pgserver

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Server is a running private PostgreSQL. When postgres dies it is started
// again; only Stop, or the end of this process, ends it.
type Server struct {
	launcher launcher
	place    place
	lock     *os.File
	log      *slog.Logger
	patience time.Duration // with a postgres that does not start again

	stopping chan struct{} // closed by Stop
	stopOnce sync.Once
	stopped  chan struct{} // closed when postgres has ended after Stop, or was given up
	done     chan struct{} // closed when it was given up
	givenUp  bool
}

// Start starts the server of cfg.DataDir and returns when it answers: it
// finds or fetches the programs and makes the cluster where that is needed.
// It returns ErrRunning when another process has done so, and otherwise an
// error that says what the person at the keyboard can do.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.host == nil {
		cfg.host = thisHost()
	}
	if cfg.patience == 0 {
		cfg.patience = giveUpAfter
	}
	place, err := newPlace(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	lock, err := takeLock(ctx, place.lockFile())
	if err != nil {
		return nil, err
	}
	s := &Server{
		lock: lock, log: cfg.Log, patience: cfg.patience,
		stopping: make(chan struct{}), stopped: make(chan struct{}), done: make(chan struct{}),
	}
	if err := s.start(ctx, cfg, place); err != nil {
		lock.Close()
		return nil, err
	}
	return s, nil
}

// start does what Start promises, under the lock.
func (s *Server) start(ctx context.Context, cfg Config, place place) error {
	begun := time.Now()
	// What a killed predecessor left would send a joining process astray.
	if err := place.retract(); err != nil {
		return err
	}
	account, place, err := cfg.host.account(place)
	if err != nil {
		return err
	}
	if place.data != place.ownData() {
		s.log.WarnContext(ctx, "this system lets root's PostgreSQL keep its data only outside DATA_DIR", "data", place.data)
	}
	programs, err := findPrograms(ctx, cfg, place, account)
	if err != nil {
		return err
	}
	if err := stopOrphan(ctx, place.data, s.log); err != nil {
		return err
	}
	if err := createCluster(ctx, cfg, place, account, programs); err != nil {
		return err
	}
	if place.sockets, err = place.socketDir(account); err != nil {
		return err
	}
	s.place = place
	s.launcher = launcher{programs, account, place, cfg}
	postmaster, err := s.launcher.launch(ctx)
	if err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		postmaster.stop()
		return err
	}
	s.log.DebugContext(ctx, "PostgreSQL is ready", "version", programs.version, "took", time.Since(begun).Round(time.Millisecond))
	go s.supervise(postmaster)
	return nil
}

// open makes the roles and the database and lets other processes in.
func (s *Server) open(ctx context.Context) error {
	if err := makeRoles(ctx, s.place.sockets); err != nil {
		return err
	}
	return s.place.publish(s.URLs())
}

// URLs returns how to reach the server. They stay the same while it lives,
// restarts of postgres included.
func (s *Server) URLs() URLs { return newURLs(s.place.sockets) }

// Done is closed when postgres could not be started again for so long that
// it was given up.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends postgres cleanly (see postmaster.stop) and gives DATA_DIR free.
// It returns ctx's error when that ends first; postgres goes on stopping.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() { close(s.stopping) })
	select {
	case <-s.stopped:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// finish lets the next process have DATA_DIR and tells those who wait.
func (s *Server) finish() {
	if err := errors.Join(s.place.retract(), s.place.removeSocketDir(), s.lock.Close()); err != nil {
		s.log.Warn("tidy up after PostgreSQL", "error", err)
	}
	if s.givenUp {
		close(s.done)
	}
	close(s.stopped)
}
