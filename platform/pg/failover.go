package pg

import (
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// renewPause is between two renewals of the whole pool: a server that stays
// read-only, and is the only one, must not be connected to anew by each write.
const renewPause = time.Second

// failover notices that the server writes no more: another one does by now,
// perhaps, and this one is behind. Its connections are given up, so that the
// next ones lead to where the URL finds a server that writes.
type failover struct {
	mu   sync.Mutex
	next time.Time
}

// watch wraps the handler of PostgreSQL's errors, whose answer says whether the
// connection may be used further. renew replaces all of them.
func (d *failover) watch(handler pgconn.PgErrorHandler, renew func()) pgconn.PgErrorHandler {
	return func(conn *pgconn.PgConn, err *pgconn.PgError) bool {
		if err.Code != codeReadOnly {
			return handler(conn, err)
		}
		if d.due() {
			renew()
		}
		return false
	}
}

func (d *failover) due() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	if now.Before(d.next) {
		return false
	}
	d.next = now.Add(renewPause)
	return true
}
