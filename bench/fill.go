package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// The rows of a database in use, made by SQL. Ids grow with time, as UUIDv7
// do; keys are scattered, as hashes are. Foreign keys are not asked for each
// row: they hold by how the rows are made.
const (
	fillUsers = `INSERT INTO users (id, email, email_key, name, password_hash)
		SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, address, address, 'User ' || n, 'none'
		FROM generate_series(1, %d) n, concat('user-', n, '@example.com') address`

	fillSessions = `INSERT INTO sessions (id, k, e, user_id, device, ip)
		SELECT id, encode(sha256(convert_to('token ' || row_number() OVER (ORDER BY id), 'UTF8')), 'hex'),
			extract(epoch FROM now() + interval '1 day')::bigint, id, 'Firefox on Linux', '192.0.2.1'
		FROM users`

	fillFamilies = `INSERT INTO token_families (id, user_id, device, ip, expires_at)
		SELECT id, id, 'curl', '192.0.2.1', now() + interval '30 days' FROM users`

	fillTokens = `INSERT INTO tokens (jti, family_id, refresh_hash, issued_at, expires_at)
		SELECT id, id, sha256(convert_to(id::text, 'UTF8')), now(), now() + interval '30 days' FROM token_families`
)

// fill makes so many users, each with a session.
func fill(ctx context.Context, conn *pgx.Conn, users int) error {
	return execute(ctx, conn, fmt.Sprintf(fillUsers, users), fillSessions)
}

// fillAll is fill with tokens.
func fillAll(ctx context.Context, conn *pgx.Conn, users int) error {
	return execute(ctx, conn, fmt.Sprintf(fillUsers, users), fillSessions, fillFamilies, fillTokens)
}

// execute runs the statements as quickly as may be, and leaves the database as
// a quiet night would: statistics made, everything written.
func execute(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	all := append([]string{"SET session_replication_role = replica", "SET synchronous_commit = off"}, statements...)
	for _, sql := range append(all, "VACUUM ANALYZE", "CHECKPOINT") {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%.40s: %w", sql, err)
		}
	}
	return nil
}
