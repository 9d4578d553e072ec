package pg

import (
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// resetInterval is the shortest time between two resets of the pool. Without it, if
// the only server stayed read-only, each write would replace all connections.
const resetInterval = time.Second

// failover detects a server that has become read-only, because another one may be
// the primary now. It closes the connections. New ones go to the server that the URL
// selects for writing (target_session_attrs=read-write).
type failover struct {
	mu   sync.Mutex
	next time.Time // of the next reset
}

// watch wraps the handler of PostgreSQL's errors, which returns whether the
// connection may be used further. reset replaces all connections.
func (f *failover) watch(handler pgconn.PgErrorHandler, reset func()) pgconn.PgErrorHandler {
	return func(conn *pgconn.PgConn, err *pgconn.PgError) bool {
		if err.Code != codeReadOnly {
			return handler(conn, err)
		}
		if f.mayReset() {
			reset()
		}
		return false
	}
}

func (f *failover) mayReset() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if now.Before(f.next) {
		return false
	}
	f.next = now.Add(resetInterval)
	return true
}
