//go:build unix

package pgserver

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// makeRoles creates the two roles and the database where they are missing. The
// program's role owns nothing and may create nothing; pg.Migrate grants its rights
// in the database.
func makeRoles(ctx context.Context, socketDir string) error {
	conn, err := pgx.Connect(ctx, urlOf(Superuser, "postgres", socketDir))
	if err != nil {
		return fmt.Errorf("connect to the private PostgreSQL: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	const missing = `
		SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', name)
		FROM unnest(ARRAY[$1, $2]::text[]) AS name
		WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
		UNION ALL
		SELECT format('CREATE DATABASE %I OWNER %I', $3::text, $1::text)
		WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = $3::text)`
	rows, err := conn.Query(ctx, missing, ownerRole, appRole, database)
	if err != nil {
		return fmt.Errorf("look for the roles: %w", err)
	}
	statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for the roles: %w", err)
	}
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}
