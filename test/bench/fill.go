package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"stoa/migrations/seed"
)

// fill makes so many people with all that they leave behind, as quickly as may
// be: foreign keys are not asked for each row, as they hold by how the rows are
// made. It leaves the database as a quiet night would, with statistics made and
// everything written.
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
