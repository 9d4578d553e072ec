package pg

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// retryPause is how long nobody tries to connect after an attempt has failed.
// While PostgreSQL recovers from a crash, each attempt costs it a process, and
// the requests of a busy site, refused at once and sent again, would keep it
// from recovering.
const retryPause = 100 * time.Millisecond

// connectBackoff remembers the last failed attempt to connect.
type connectBackoff struct {
	mu    sync.Mutex
	err   error
	until time.Time
}

// errBackoff marks an error that was not met but remembered.
var errBackoff = errors.New("an attempt to connect has just failed")

// check refuses a new connection during the pause, with the reason for it.
func (o *connectBackoff) check() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if time.Now().Before(o.until) {
		return fmt.Errorf("%w: %w", errBackoff, o.err)
	}
	return nil
}

// note begins a pause when err is a failed attempt.
func (o *connectBackoff) note(err error) {
	var connect *pgconn.ConnectError
	if !errors.As(err, &connect) || errors.Is(err, errBackoff) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err, o.until = err, time.Now().Add(retryPause)
}
