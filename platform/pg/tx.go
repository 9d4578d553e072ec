package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// rollbackTimeout bounds the rollback of a transaction whose own context may
// have ended already.
const rollbackTimeout = time.Second

// Tx is a running transaction. It ends with the function that was given to
// DB.Tx; its own Commit and Rollback are not for callers.
type Tx struct {
	pgx.Tx
	after []func()
}

// AfterCommit has fn run once the transaction is committed and its connection
// given back, in the order of the calls; never when it is rolled back.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Tx runs fn in a transaction: the one place where a transaction begins. It
// commits when fn returns nil. When fn returns an error or panics, the
// transaction is rolled back and the error is returned, or the panic goes on.
// An error of the commit itself leaves open whether it took place.
func (db *DB) Tx(ctx context.Context, fn func(tx *Tx) error) error {
	tx := &Tx{}
	if err := db.transact(ctx, tx, fn); err != nil {
		return err
	}
	for _, after := range tx.after {
		after()
	}
	return nil
}

// transact is Tx without what follows the commit.
func (db *DB) transact(ctx context.Context, tx *Tx, fn func(tx *Tx) error) error {
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if tx.Tx, err = conn.Begin(ctx); err != nil {
		return err
	}
	// Deferred, so that it holds for a panic and for the end of the goroutine
	// (FailNow in a test) as well. After a commit it does nothing.
	defer rollback(ctx, tx.Tx)
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	_ = tx.Rollback(ctx) // on failure the connection is closed, which rolls back too
}
