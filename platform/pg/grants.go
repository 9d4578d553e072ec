package pg

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
)

// grantLock is the advisory lock for changes of rights: PostgreSQL returns an error
// when two processes change the rights of one table concurrently ("tuple
// concurrently updated").
const grantLock int64 = 0x53746f6147726e74

// grantsQuery compares, in the current schema and that of the jobs, $2, the rights of the role $1 with those it needs in the owner's
// database, and returns the statements that correct the difference, usually none.
// The query lists the rights of the role; all other rights are revoked, including
// those of PUBLIC:
//   - The role has no TRUNCATE, REFERENCES or TRIGGER, and owns nothing.
//   - The role inserts and reads audit entries, and never changes them. A function
//     of the owner (SECURITY DEFINER) deletes old ones. The role may call such
//     functions.
//   - Only the owner changes the tables of applied migrations.
//   - The role creates nothing in the schema, and no temporary tables. PostgreSQL
//     finds a temporary table before the real one of the same name, so an SQL
//     injection could replace a table.
const grantsQuery = `
WITH app AS (
	SELECT oid FROM pg_roles WHERE rolname = $1
), objects (kind, name, acl, wanted) AS (
	SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
		format('%I.%I', nspname, relname),
		coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)),
		CASE
			-- The sequence of an identity column needs no rights of its own.
			WHEN EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND relkind = 'S' AND deptype = 'i') THEN '{}'
			WHEN relkind = 'S' THEN ARRAY['USAGE']
			WHEN relkind IN ('v', 'm') OR relname IN ('goose_db_version', 'goose_db_version_app', 'migration_names', 'river_migration') THEN ARRAY['SELECT']
			WHEN relname = 'audit_entries' THEN ARRAY['SELECT', 'INSERT']
			ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']
		END
	FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
	WHERE nspname IN (current_schema(), $2) AND relkind IN ('r', 'p', 'v', 'm', 'S')
		AND pg_has_role(relowner, 'USAGE')
	UNION ALL
	SELECT 'SCHEMA', format('%I', nspname), coalesce(nspacl, acldefault('n', nspowner)), ARRAY['USAGE']
	FROM pg_namespace
	WHERE nspname IN (current_schema(), $2) AND pg_has_role(nspowner, 'USAGE')
	UNION ALL
	SELECT 'FUNCTION', format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(pg_proc.oid)),
		coalesce(proacl, acldefault('f', proowner)), ARRAY['EXECUTE']
	FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
	WHERE nspname = current_schema() AND prosecdef AND pg_has_role(proowner, 'USAGE')
	UNION ALL
	SELECT 'DATABASE', format('%I', datname), coalesce(datacl, acldefault('d', datdba)), ARRAY['CONNECT']
	FROM pg_database
	WHERE datname = current_database() AND pg_has_role(datdba, 'USAGE')
), held (kind, name, grantee, privilege) AS (
	SELECT kind, name, grantee, privilege_type
	FROM objects, aclexplode(acl)
	WHERE grantee IN (0, (SELECT oid FROM app))
)
SELECT format('GRANT %s ON %s %s TO %I', needed.privilege, kind, name, $1::text)
FROM objects, unnest(wanted) AS needed (privilege)
WHERE NOT EXISTS (SELECT FROM held
	WHERE held.kind = objects.kind AND held.name = objects.name AND held.privilege = needed.privilege)
UNION ALL
SELECT format('REVOKE %s ON %s %s FROM %s', privilege, kind, name,
	CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident($1::text) END)
FROM held JOIN objects USING (kind, name)
WHERE privilege <> ALL (wanted)`

// Fingerprint returns a hash of the migrations and the rights that Migrate applies
// for fsys. It returns a *Collision when two files of a folder have the same number.
func Fingerprint(fsys fs.FS) (string, error) {
	sets, err := readSets(fsys)
	if err != nil {
		return "", err
	}
	queue, err := jobsMigrator(nil, jobsSet)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %q %d", grantsQuery, namesTable, len(queue.AllVersions()))
	for _, s := range sets {
		for _, f := range s.files {
			content, err := fs.ReadFile(s.fsys, f.name)
			if err != nil {
				return "", fmt.Errorf("pg: read migration: %w", err)
			}
			fmt.Fprintf(hash, "%q %d %s", s.dir+f.name, len(content), content)
		}
	}
	return hex.EncodeToString(hash.Sum(nil)[:8]), nil
}

// grant corrects the rights of the role. It runs two queries when they are correct.
func grant(ctx context.Context, db *sql.DB, role string) error {
	statements, err := missingGrants(ctx, db, role)
	if err != nil || len(statements) == 0 {
		return err
	}
	return withLock(ctx, db, grantLock, func(tx *sql.Tx) error {
		// Another process may have corrected them while this one waited for the lock.
		statements, err := missingGrants(ctx, tx, role)
		if err != nil {
			return err
		}
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
}

// withLock runs fn in a transaction that holds the advisory lock.
func withLock(ctx context.Context, db *sql.DB, lock int64, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, lock); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// missingGrants returns the statements that correct the role's rights.
func missingGrants(ctx context.Context, q querier, role string) ([]string, error) {
	in, err := schemas(ctx, q)
	if err != nil {
		return nil, err
	}
	rows, err := q.QueryContext(ctx, grantsQuery, role, in.Jobs)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var statements []string
	for rows.Next() {
		var statement string
		if err := rows.Scan(&statement); err != nil {
			return nil, err
		}
		statements = append(statements, statement)
	}
	return statements, rows.Err()
}
