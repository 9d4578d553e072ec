package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// schemaQuery returns the schema of the program's tables and that of River, the job
// queue. Installations in several schemas of one database have a queue each. Beside
// the schema public it is the schema river, as before there were others.
const schemaQuery = `-- name: Schemas :one
SELECT current_schema(), CASE current_schema() WHEN 'public' THEN 'river' ELSE current_schema() END`

// Schemas are the schemas of the tables, by their plain names.
type Schemas struct {
	Tables string // of the program
	Jobs   string // of River
}

// Schemas returns the schemas in which the role of the pool finds the tables. It asks
// the database once.
func (db *DB) Schemas(ctx context.Context) (Schemas, error) {
	if known := db.schemas.Load(); known != nil {
		return *known, nil
	}
	var found Schemas
	if err := db.QueryRow(ctx, schemaQuery).Scan(&found.Tables, &found.Jobs); err != nil {
		return Schemas{}, fmt.Errorf("pg: read the schema: %w", err)
	}
	db.schemas.Store(&found)
	return found, nil
}

// schemas is Schemas for the connections of migrations.
func schemas(ctx context.Context, q querier) (Schemas, error) {
	var found Schemas
	err := readRow(ctx, q, schemaQuery, &found.Tables, &found.Jobs)
	return found, err
}

// readRow scans the only row of a query.
func readRow(ctx context.Context, q querier, query string, columns ...any) error {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return errors.Join(rows.Err(), sql.ErrNoRows)
	}
	return rows.Scan(columns...)
}
