package db_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"stoa/migrations/seed"
	"stoa/platform/pg/pgtest"
)

// usually is how many users `make test` looks at: enough for PostgreSQL to
// want an index wherever there is one, and filled in some seconds. `make
// plans` looks at a million.
const usually = "30000"

// large is from how many rows on a table must not be read from end to end.
const large = 10_000

// rows fills the tables that the seed leaves empty, with one row a user, by SQL
// with their number n. A table that is in neither must be in small.
var rows = []struct{ table, columns, values string }{
	{"rate_limits", "key, count, ends_at", "'login:' || n, 1, later"},
	{"letters", "id, kind, user_id, message_id, address, name, facts", "id, 'new_device', id, id, address, '', '{}'"},
	{"reset_requests", "id, email_key, device, ip, request_id", "id, address, '', '192.0.2.1', ''"},
	{"disowned_links", "token_hash, purpose, deleted, expires_at", "key, 'verify_email', true, later"},
	{"avatars", "name, user_id", "encode(substr(key, 1, 16), 'hex') || '.jpg', CASE n % 2 WHEN 0 THEN id END"},
}

// small tables stay so whatever people do; the mailbox is a developer's.
var small = []string{"goose_db_version", "goose_db_version_app", "migration_names", "signing_keys", "mailbox"}

// filled returns a connection to a database of so many users, with statistics
// as after a quiet night.
func filled(t *testing.T, users int) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.New(t).Owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // the database goes with the test
	known := slices.Clone(small)
	for _, table := range seed.Tables() {
		known = append(known, table.Name)
		execute(t, conn, table.Insert(), 1, users, "none")
	}
	for _, r := range rows {
		known = append(known, r.table)
		// What expires does so over a month, a part of it already.
		execute(t, conn, fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM (
			SELECT id, email_key address, sha256(n::text::bytea) key, n,
				CAST(now() + interval '1 hour' * (n %% 720 - 24) AS timestamptz) later
			FROM (SELECT *, row_number() OVER (ORDER BY id) n FROM users) numbered) one`, r.table, r.columns, r.values))
	}
	execute(t, conn, "ANALYZE")
	execute(t, conn, "SET plan_cache_mode = force_generic_plan")
	for _, table := range tables(t, conn) {
		if !slices.Contains(known, table) {
			t.Errorf("the table %s: say in rows how it is filled, or in small that it stays small", table)
		}
	}
	return conn
}

func execute(t *testing.T, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func tables(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	found, err := conn.Query(t.Context(), "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// queries returns the text of each query that sqlc has made, by name.
func queries(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.sql.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && strings.HasPrefix(lit.Value, "`-- name: ") {
				text, _ := strconv.Unquote(lit.Value) // the parser has read it already
				all[strings.Fields(text)[2]] = text
			}
			return true
		})
	}
	return all
}

// node is a part of a plan.
type node struct {
	Type      string `json:"Node Type"`
	Relation  string `json:"Relation Name"`
	Index     string `json:"Index Name"`
	IndexCond string `json:"Index Cond"`
	Plans     []node
}

// explain returns the plan that PostgreSQL makes for any arguments.
func explain(t *testing.T, conn *pgx.Conn, name, sql string) node {
	t.Helper()
	statement, err := conn.Prepare(t.Context(), name, sql)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	arguments := strings.TrimSuffix(strings.Repeat("NULL,", len(statement.ParamOIDs)), ",")
	if arguments != "" {
		arguments = "(" + arguments + ")"
	}
	var text string
	explained := fmt.Sprintf("EXPLAIN (FORMAT JSON) EXECUTE %q%s", name, arguments)
	if err := conn.QueryRow(t.Context(), explained, pgx.QueryExecModeSimpleProtocol).Scan(&text); err != nil {
		t.Fatalf("%s: %v", explained, err)
	}
	var plan []struct{ Plan node }
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		t.Fatal(err)
	}
	return plan[0].Plan
}

// reads returns what a plan reads from end to end. Below a limit an index may
// be read without a condition: it gives the order, and the limit the end.
func (n node) reads(size map[string]int, limited bool) []string {
	var found []string
	limited = limited || n.Type == "Limit"
	whole := n.Type == "Seq Scan" || strings.HasPrefix(n.Type, "Index") && n.IndexCond == "" && !limited
	if whole && size[n.Relation] >= large {
		found = append(found, n.Type+" on "+n.Relation+" "+n.Index)
	}
	for _, part := range n.Plans {
		found = append(found, part.reads(size, limited)...)
	}
	return found
}

// TestPlans_NoQueryReadsALargeTable holds each query to an index, on the plan
// and not on time.
func TestPlans_NoQueryReadsALargeTable(t *testing.T) {
	t.Parallel()
	users, err := strconv.Atoi(cmp.Or(os.Getenv("PLANS_USERS"), usually))
	if err != nil || users <= large {
		t.Fatalf("PLANS_USERS: a number above %d, please", large)
	}
	conn := filled(t, users)
	size := map[string]int{}
	for _, table := range seed.Tables() {
		size[table.Name] = users
	}
	for _, r := range rows {
		size[r.table] = users
	}
	all := queries(t)
	for name, sql := range all {
		for _, whole := range explain(t, conn, name, sql).reads(size, false) {
			t.Errorf("%s reads a whole table: %s", name, whole)
		}
	}
	t.Logf("%d queries with %d users", len(all), users)
	// What the test is blind for, it would always pass.
	for i, bad := range []string{"SELECT id FROM users WHERE name = $1", "SELECT count(*) FROM sessions", "DELETE FROM tokens WHERE successor_jti = $1"} {
		if whole := explain(t, conn, fmt.Sprint("bad", i), bad).reads(size, false); len(whole) == 0 {
			t.Errorf("%s passes", bad)
		}
	}
}
