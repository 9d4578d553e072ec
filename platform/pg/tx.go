package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// rollbackTimeout bounds a rollback: the context of the transaction may have ended
// already.
const rollbackTimeout = time.Second

// Tx is a running transaction. It ends when the function passed to DB.Tx returns.
// Callers must not use its Commit and Rollback.
type Tx struct {
	pgx.Tx
	after []func()
}

// AfterCommit calls fn after the commit, when the connection has been released.
// Several functions run in the order of the calls. None runs after a rollback.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Tx runs fn in a transaction. Every transaction of the program begins here. Tx
// commits when fn returns nil. When fn returns an error or panics, Tx rolls back
// and returns the error, or the panic continues. After an error of the commit
// itself, the transaction may or may not be committed.
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

// transact is Tx without the AfterCommit functions.
func (db *DB) transact(ctx context.Context, tx *Tx, fn func(tx *Tx) error) error {
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if tx.Tx, err = conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}); err != nil {
		return err
	}
	// Deferred, so that it also runs after a panic and at the end of the goroutine
	// (FailNow in a test). After a commit it does nothing.
	defer rollback(ctx, tx.Tx)
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	_ = tx.Rollback(ctx) // if it fails, the connection is closed, which rolls back too
}
