package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"stoa/migrations/seed"
)

// fill inserts users with their sessions, tokens, links and audit entries. It
// skips the foreign key checks for speed; the statements make rows that satisfy
// them. Afterwards it runs ANALYZE and a checkpoint, as an idle server would.
func fill(ctx context.Context, conn *pgx.Conn, users int) error {
	run := func(sql string, args ...any) error {
		if _, err := conn.Exec(ctx, sql, args...); err != nil {
			return fmt.Errorf("%.40s: %w", sql, err)
		}
		return nil
	}
	for _, sql := range []string{"SET session_replication_role = replica", "SET synchronous_commit = off"} {
		if err := run(sql); err != nil {
			return err
		}
	}
	for _, table := range seed.Tables {
		if err := run(table.Insert(), 1, users, "none"); err != nil {
			return err
		}
	}
	for _, sql := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		if err := run(sql); err != nil {
			return err
		}
	}
	return nil
}
