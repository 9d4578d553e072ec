package gate

import (
	"context"
	"errors"
	"time"

	"stoa/domain/sessions"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// row is the session storage of one request. Fiber's middleware reads and
// writes through it. It adds to gofiber/storage: hashed keys, the deadline of
// the request, the session's user from the same query, and ended sessions that
// cannot be renewed.
type row struct {
	ctx     context.Context
	gate    *Gate
	request *Request
	found   *sessions.Session
}

// saveTimeout limits the time of a write, including the wait for a connection.
const saveTimeout = 5 * time.Second

var errNotStored = errors.New("a request cannot reset or close the session storage")

// Get finds the live session with the identifier. It returns no data to the
// middleware: the session has only the columns of its row, and decoding an
// empty map for each page is unnecessary work.
func (r *row) Get(id string) ([]byte, error) {
	found, ok, err := r.gate.Sessions.Find(r.ctx, id)
	if ok {
		r.found = &found
	}
	return nil, err
}

// Set renews the session. A session that has ended in the meantime stays ended,
// and the request continues without an error.
func (r *row) Set(id string, blob []byte, lifetime time.Duration) error {
	ctx, cancel := context.WithTimeout(r.ctx, saveTimeout)
	defer cancel()
	err := r.gate.Storage.SetWithContext(ctx, secret.HexHash(id), blob, lifetime)
	if pg.UserDeleted(err) {
		return nil
	}
	return err
}

// Delete ends the session of this request.
func (r *row) Delete(string) error {
	if r.found == nil {
		return nil
	}
	return r.gate.Sessions.EndActing(r.ctx, r.request.Scope().As(r.found.User, r.found.ID))
}

// Reset returns an error.
func (r *row) Reset() error { return errNotStored }

// Close returns an error.
func (r *row) Close() error { return errNotStored }
