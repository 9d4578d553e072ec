package pg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// One statement may take statementTimeout. When no statement at all has had a
// response for silenceTimeout, the server or the network may be stalled: the
// breaker then probes the server, which must respond within probeTimeout. Both
// together are less than the 3 s within which a request must be refused.
const (
	silenceTimeout = time.Second
	probeTimeout   = 1750 * time.Millisecond
)

// errStalled is returned for new requests while the breaker is open.
var errStalled = fmt.Errorf("pg: the server does not respond: %w", context.DeadlineExceeded)

// breaker detects a server that responds to no statement although its connections
// stay open and accept data. It then opens: it refuses all waiting and new requests
// until the server responds to a probe. Without the breaker each request would wait
// as long as a slow statement may take. It is our own because a library's circuit
// breaker counts failed calls, and a stalled server fails none before their
// deadlines.
type breaker struct {
	probe func(context.Context) bool // reports whether the server responds

	lifetime context.Context // until end is called
	end      context.CancelFunc

	mu           sync.Mutex
	timer        *time.Timer // calls monitor
	monitoring   bool
	waiting      int             // statements and acquisitions
	waitingSince time.Time       // when waiting last became 1
	lastResponse time.Time       // of the server
	closed       context.Context // ends when the breaker opens
	open         context.CancelFunc
}

func newBreaker(probe func(context.Context) bool) *breaker {
	b := &breaker{probe: probe}
	b.lifetime, b.end = context.WithCancel(context.Background())
	b.closed, b.open = context.WithCancel(b.lifetime)
	b.timer = time.AfterFunc(silenceTimeout, b.monitor)
	return b
}

// startWait returns a context for one wait of at most limit, and a function that
// ends the wait. The argument of the function is whether the server responded.
func (b *breaker) startWait(ctx context.Context, limit time.Duration) (context.Context, func(responded bool)) {
	closed := b.addWaiting()
	ctx, cancel := context.WithTimeout(ctx, limit)
	stop := context.AfterFunc(closed, cancel)
	return breakerContext{ctx, closed}, func(responded bool) {
		stop()
		cancel()
		b.removeWaiting(responded)
	}
}

// breakerContext returns the error DeadlineExceeded when the breaker opens. Canceled
// would mean that the caller has cancelled the wait.
type breakerContext struct {
	context.Context
	closed context.Context
}

// Err implements context.Context.
func (c breakerContext) Err() error {
	err := c.Context.Err()
	if err != nil && c.closed.Err() != nil {
		return context.DeadlineExceeded
	}
	return err
}

func (b *breaker) addWaiting() context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting++; b.waiting == 1 {
		b.waitingSince = time.Now()
		b.timer.Reset(silenceTimeout)
	}
	return b.closed
}

func (b *breaker) removeWaiting(responded bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting--; b.waiting == 0 {
		b.timer.Stop()
	}
	if responded {
		b.lastResponse = time.Now()
	}
}

// check returns errStalled while the breaker is open. New connections are refused
// too: attempts that are queued at the server delay its recovery.
func (b *breaker) check() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed.Err() != nil {
		return errStalled
	}
	return nil
}

// monitor opens the breaker when the server has been silent for silenceTimeout and
// does not respond to a probe. It then probes until the server responds; these
// probes may take connectTimeout each.
func (b *breaker) monitor() {
	if !b.startMonitoring() {
		return
	}
	for limit := probeTimeout; b.maybeStalled() && !b.responds(limit); limit = connectTimeout {
		if limit == probeTimeout {
			slog.Warn("PostgreSQL does not respond: requests that need it are refused")
			b.open()
		}
		time.Sleep(retryPause)
	}
	b.stopMonitoring()
}

// startMonitoring returns false when another goroutine monitors already. Only one
// goroutine probes the server. It checks again for waits that begin meanwhile.
func (b *breaker) startMonitoring() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	started := !b.monitoring
	b.monitoring = true
	return started
}

// maybeStalled reports whether the breaker is open, or should probe the server.
func (b *breaker) maybeStalled() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lifetime.Err() == nil && (b.closed.Err() != nil || b.waiting > 0 && b.silenceLeft() <= 0)
}

// silenceLeft returns the time until the server has been silent for
// silenceTimeout.
func (b *breaker) silenceLeft() time.Duration {
	last := b.waitingSince
	if b.lastResponse.After(last) {
		last = b.lastResponse
	}
	return time.Until(last.Add(silenceTimeout))
}

// responds probes the server. A response to a statement that arrives meanwhile
// counts too.
func (b *breaker) responds(limit time.Duration) bool {
	start := time.Now()
	ctx, cancel := context.WithTimeout(b.lifetime, limit)
	defer cancel()
	responded := b.probe(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	if responded {
		b.lastResponse = time.Now()
	}
	return b.lastResponse.After(start)
}

// stopMonitoring closes the breaker, and sets the timer for the next
// silenceTimeout.
func (b *breaker) stopMonitoring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.monitoring = false
	if b.lifetime.Err() != nil {
		return
	}
	if b.closed.Err() != nil {
		slog.Info("PostgreSQL responds again")
		b.closed, b.open = context.WithCancel(b.lifetime)
	}
	if b.waiting > 0 {
		b.timer.Reset(b.silenceLeft())
	}
}

// newProbe returns a function that opens a connection and reports whether the
// server responds, even with a refusal.
func newProbe(config *pgx.ConnConfig) func(context.Context) bool {
	return func(ctx context.Context) bool {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return isResponse(err)
		}
		_ = conn.Close(ctx) // the probe has succeeded already
		return true
	}
}

// isResponse reports whether err, or nil, is a response of the server.
func isResponse(err error) bool {
	var server *pgconn.PgError
	return err == nil || errors.As(err, &server)
}
