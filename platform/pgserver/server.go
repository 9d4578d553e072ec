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

// Server is a running private PostgreSQL. When postgres ends by itself, Server
// starts it again; only Stop, or the end of this process, ends it.
type Server struct {
	launcher     launcher
	paths        paths
	lock         *os.File
	log          *slog.Logger
	restartLimit time.Duration // how long restarts may fail

	stopping chan struct{} // closed by Stop
	stopOnce sync.Once
	stopped  chan struct{} // closed when postgres has ended after Stop, or restarts were given up
	done     chan struct{} // closed when restarts were given up
	givenUp  bool
}

// Start starts the server of cfg.DataDir and returns when it accepts connections.
// It finds or downloads the programs and creates the cluster where needed. It
// returns ErrRunning when another process runs the server, and otherwise an error
// that names what the operator can do.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.host == nil {
		cfg.host = thisHost()
	}
	if cfg.restartLimit == 0 {
		cfg.restartLimit = giveUpAfter
	}
	paths, err := newPaths(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	lock, err := takeLock(ctx, paths.lockFile())
	if err != nil {
		return nil, err
	}
	s := &Server{
		lock: lock, log: cfg.Log, restartLimit: cfg.restartLimit,
		stopping: make(chan struct{}), stopped: make(chan struct{}), done: make(chan struct{}),
	}
	if err := s.start(ctx, cfg, paths); err != nil {
		lock.Close()
		return nil, err
	}
	return s, nil
}

// start does the work of Start. The caller holds the lock.
func (s *Server) start(ctx context.Context, cfg Config, paths paths) error {
	begun := time.Now()
	// The conn.json of a killed process would give Join a URL without a server.
	if err := paths.unpublish(); err != nil {
		return err
	}
	account, paths, err := cfg.host.account(paths)
	if err != nil {
		return err
	}
	if paths.data != paths.ownData() {
		s.log.WarnContext(ctx, "root's PostgreSQL keeps its data outside DATA_DIR on this system", "data", paths.data)
	}
	programs, err := findPrograms(ctx, cfg, paths, account)
	if err != nil {
		return err
	}
	if err := stopOrphan(ctx, paths.data, s.log); err != nil {
		return err
	}
	if err := createCluster(ctx, cfg, paths, account, programs); err != nil {
		return err
	}
	if paths.sockets, err = paths.socketDir(account); err != nil {
		return err
	}
	s.paths = paths
	s.launcher = launcher{programs, account, paths, cfg}
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

// open creates the roles and the database, and publishes the URLs to other
// processes.
func (s *Server) open(ctx context.Context) error {
	if err := makeRoles(ctx, s.paths.sockets); err != nil {
		return err
	}
	return s.paths.publish(s.URLs())
}

// URLs returns the server's connection URLs. They stay the same when postgres is
// restarted.
func (s *Server) URLs() URLs { return newURLs(s.paths.sockets) }

// Done returns a channel that is closed when postgres could not be started again
// for giveUpAfter.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends postgres cleanly (see shutDown) and releases DATA_DIR. It returns ctx's
// error when ctx ends first; postgres then continues to stop.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() { close(s.stopping) })
	select {
	case <-s.stopped:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// finish releases DATA_DIR for the next process and closes the channels of Done and
// Stop.
func (s *Server) finish() {
	if err := errors.Join(s.paths.unpublish(), s.paths.removeSocketDir(), s.lock.Close()); err != nil {
		s.log.Warn("files of PostgreSQL not removed", "error", err)
	}
	if s.givenUp {
		close(s.done)
	}
	close(s.stopped)
}
