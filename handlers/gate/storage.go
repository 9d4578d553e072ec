package gate

import (
	"context"
	"errors"
	"time"

	"stoa/domain/sessions"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// row is the session storage as one request uses it. Fiber's middleware reads
// and writes through it; it adds what the storage below lacks: hashed keys,
// the request's deadline, the session's person in the same query, and an end
// that stays.
type row struct {
	ctx     context.Context
	gate    *Gate
	request *Request
	found   *sessions.Session
}

// saveTimeout bounds what the storage does below the pool's own waits.
const saveTimeout = 5 * time.Second

var errNotStored = errors.New("the session storage cannot be reset or closed by a request")

// Get finds the live session of that identifier. To the middleware it is always
// new: we keep nothing in the session but what its row says, and an empty map
// is not worth decoding at each page.
func (r *row) Get(id string) ([]byte, error) {
	found, ok, err := r.gate.Sessions.Find(r.ctx, id)
	if ok {
		r.found = &found
	}
	return nil, err
}

// Set renews the session. One that has ended meanwhile stays ended, and the
// request that did not know goes on.
func (r *row) Set(id string, blob []byte, lifetime time.Duration) error {
	ctx, cancel := context.WithTimeout(r.ctx, saveTimeout)
	defer cancel()
	err := r.gate.Storage.SetWithContext(ctx, secret.HexHash(id), blob, lifetime)
	if pg.Orphan(err) {
		return nil
	}
	return err
}

// Delete ends the session that this request found.
func (r *row) Delete(string) error {
	if r.found == nil {
		return nil
	}
	sc := r.request.Scope().As(r.found.User, r.found.ID)
	_, err := r.gate.Sessions.End(r.ctx, sc, r.found.ID)
	return err
}

// Reset refuses.
func (r *row) Reset() error { return errNotStored }

// Close refuses.
func (r *row) Close() error { return errNotStored }
