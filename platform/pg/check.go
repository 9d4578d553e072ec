package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// facts are what the program needs to know about a database and its role before it
// works with them.
type facts struct {
	role      string
	schema    string // in which the role creates tables; empty for none
	barred    string // schemas of its search_path that the role may not use, or empty
	lacks     string // the right to create tables that the role does not have, as in GRANT, or empty
	tables    string // schema of the tables, or several; empty before the first migration
	owner     string // of the tables that the role sees
	owns      bool   // the role has the rights of the owner
	encoding  string // of the database
	readOnly  bool   // the role's transactions begin read-only
	isolation string // of the role's transactions
}

const factsQuery = `-- name: DatabaseFacts :one
WITH seen AS (
	SELECT nspname, relowner FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
	WHERE pg_class.oid = to_regclass('goose_db_version')
)
SELECT current_user, coalesce(current_schema(), ''),
	coalesce((SELECT string_agg(quote_ident(nspname), ', ') FROM pg_namespace WHERE NOT has_schema_privilege(oid, 'USAGE')
		AND nspname = ANY (string_to_array(replace(translate(current_setting('search_path'), ' "', ''), '$user', current_user), ','))), ''),
	CASE WHEN NOT has_schema_privilege(current_schema(), 'CREATE') THEN 'CREATE ON SCHEMA ' || quote_ident(current_schema())
		WHEN current_schema() = 'public' AND to_regnamespace('river') IS NULL AND NOT has_database_privilege(current_database(), 'CREATE')
		THEN 'CREATE ON DATABASE ' || quote_ident(current_database()) ELSE '' END,
	coalesce((SELECT nspname FROM seen), (SELECT string_agg(nspname, ', ') FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
		WHERE relname = 'goose_db_version'), ''),
	coalesce((SELECT pg_get_userbyid(relowner) FROM seen), ''), coalesce((SELECT pg_has_role(relowner, 'USAGE') FROM seen), true),
	(SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()),
	current_setting('default_transaction_read_only') = 'on', current_setting('default_transaction_isolation')`

func readFacts(ctx context.Context, q querier) (facts, error) {
	var f facts
	err := readRow(ctx, q, factsQuery, &f.role, &f.schema, &f.barred, &f.lacks, &f.tables, &f.owner, &f.owns, &f.encoding, &f.readOnly, &f.isolation)
	return f, err
}

// schemaName matches the names that a schema may have: the storage of sessions puts
// the name into its statements without quotes.
var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// check returns why the program cannot work with the database as this role.
func (f facts) check() error {
	switch {
	case f.encoding != "UTF8":
		return fmt.Errorf("the database has the encoding %s: create it with ENCODING 'UTF8'", f.encoding)
	case f.readOnly:
		return fmt.Errorf("default_transaction_read_only is on for the role %s: turn it off by ALTER ROLE %[1]s SET, or where the database or the server sets it", f.role)
	case f.isolation != "read committed": // behind a pooler, where the program cannot set it
		return fmt.Errorf("default_transaction_isolation is %s for the role %s: run ALTER ROLE %[2]s SET default_transaction_isolation = 'read committed'", f.isolation, f.role)
	case f.schema == "" && f.barred != "":
		return f.mayNotUse()
	case f.schema == "":
		return fmt.Errorf("no schema in the search_path of the role %s exists: create it, or set another search_path", f.role)
	case !schemaName.MatchString(f.schema):
		return fmt.Errorf("the role %s looks in the schema %q: its name may have lower-case letters, digits and _ only", f.role, f.schema)
	}
	return nil
}

func (f facts) mayNotUse() error {
	return fmt.Errorf("the role %s may not use the schema %s: run GRANT USAGE ON SCHEMA %[2]s TO %[1]s", f.role, f.barred)
}

// checkTables is check for a role that finds the tables, if there are any.
func (f facts) checkTables() error {
	if err := f.check(); err != nil {
		return err
	}
	switch {
	case f.tables == "" || f.tables == f.schema:
		return nil
	case f.barred != "":
		return f.mayNotUse()
	default:
		return fmt.Errorf("the role %s looks in the schema %s, but the tables are in %s: set search_path for the role, in its URL or by ALTER ROLE", f.role, f.schema, f.tables)
	}
}

// checkOwner is check for the role that migrates. A database may have the tables of
// other installations in other schemas.
func (f facts) checkOwner() error {
	switch {
	case f.owner == "":
		if err := f.check(); err != nil || f.lacks == "" {
			return err
		}
		return fmt.Errorf("the role %s may not create the tables: run GRANT %s TO %[1]s", f.role, f.lacks)
	case !f.owns:
		return fmt.Errorf("the tables are owned by %s, not by %s: give %[2]s the tables by REASSIGN OWNED or ALTER TABLE … OWNER TO, or restore the dump without --no-owner", f.owner, f.role)
	}
	return f.checkTables()
}

// CheckOwner returns why the role of the URL cannot migrate the database.
func CheckOwner(ctx context.Context, ownerURL string) error {
	config, err := parseURL(ownerURL)
	if err != nil {
		return err
	}
	db, err := openOwner(ctx, config)
	if err != nil {
		return err
	}
	return db.Close()
}

// openOwner connects as the role that migrates. It returns an error when that role
// cannot migrate the database.
func openOwner(ctx context.Context, config *pgx.ConnConfig) (*sql.DB, error) {
	db := stdlib.OpenDB(*config)
	f, err := readFacts(ctx, db)
	if err == nil {
		err = f.checkOwner()
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// CheckGrants returns an error when the role of appURL does not have every right that
// Migrate grants it.
func CheckGrants(ctx context.Context, ownerURL, appURL string) error {
	owner, err := parseURL(ownerURL)
	if err != nil {
		return err
	}
	app, err := parseURL(appURL)
	if err != nil || app.User == owner.User {
		return err
	}
	db, err := openOwner(ctx, owner)
	if err != nil {
		return err
	}
	defer db.Close()
	statements, err := missingGrants(ctx, db, app.User)
	statements = slices.DeleteFunc(statements, func(s string) bool { return !strings.HasPrefix(s, "GRANT ") })
	if err == nil && len(statements) > 0 {
		err = fmt.Errorf("the role %s lacks %d, such as %s: run stoa migrate up", app.User, len(statements), strings.TrimPrefix(statements[0], "GRANT "))
	}
	return err
}

// Check returns why the program cannot work with the database as the role of the
// pool: the encoding, a setting of the role, or the schema in which it looks. Before
// the first migration there are no tables to look for.
func (db *DB) Check(ctx context.Context) error {
	pool := stdlib.OpenDBFromPool(db.pool)
	defer pool.Close()
	f, err := readFacts(ctx, pool)
	if err != nil {
		return err
	}
	return f.checkTables()
}
