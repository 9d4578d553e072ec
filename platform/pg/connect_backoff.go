package pg

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// retryPause is the pause after a failed attempt to connect. While PostgreSQL
// recovers from a crash, each attempt costs it a process. Without the pause, the
// clients of a busy site would repeat refused requests immediately, and the attempts
// to connect would prevent the recovery.
const retryPause = 100 * time.Millisecond

// connectBackoff refuses attempts to connect for retryPause after one has failed.
type connectBackoff struct {
	mu    sync.Mutex
	err   error // of the last failed attempt
	until time.Time
}

// errBackoff marks the error of an earlier attempt that check returns during the
// pause.
var errBackoff = errors.New("an attempt to connect has just failed")

// check returns the last attempt's error during the pause, and nil afterwards.
func (b *connectBackoff) check() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Now().Before(b.until) {
		return fmt.Errorf("%w: %w", errBackoff, b.err)
	}
	return nil
}

// record starts a pause when err is that of a failed attempt.
func (b *connectBackoff) record(err error) {
	var connect *pgconn.ConnectError
	if !errors.As(err, &connect) || errors.Is(err, errBackoff) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err, b.until = err, time.Now().Add(retryPause)
}
