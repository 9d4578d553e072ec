package main

import (
	"context"
	"testing"

	"stoa/migrations/seed"
	"stoa/test/rig"
)

// fill inserts users with their sessions, tokens, links and audit entries. It
// skips the foreign key checks for speed; the statements make rows that satisfy
// them. Afterwards it runs ANALYZE and a checkpoint, as an idle server would.
func fill(t testing.TB, admin *rig.App, users int) {
	conn := admin.Connect(t)
	defer conn.Close(context.Background())
	run := func(sql string, args ...any) {
		if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
			t.Fatalf("%.40s: %v", sql, err)
		}
	}
	run("SET session_replication_role = replica")
	run("SET synchronous_commit = off")
	for _, table := range seed.Tables() {
		run(table.Insert(), 1, users, "none")
	}
	run("VACUUM ANALYZE")
	run("CHECKPOINT")
}
