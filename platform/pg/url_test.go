package pg_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/pgserver"
)

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"postgres://stoa:S3cretPw@%2Frun%2Fpg/stoa", "postgres://u:pa#ss@h/d", "postgres://u:pa?ss@h/d", "postgres://u:p:w@h/d", "postgresql://h",
		"postgres://u:pw@h1:5432,h2:5433/d?target_session_attrs=primary", "postgres:///d?host=/run/pg&user=u&password=p@w",
		"postgres://h/d?pool_max_conns=7&pool_max_conn_lifetime=1h&statement_cache_capacity=100",
		"postgres://u:%40%2F%25@[::1]:5432/d?sslmode=require&connect_timeout=5", "postgres://h/d?search_path=app&default_query_exec_mode=exec",
	} {
		if err := pg.CheckURL(good); err != nil {
			t.Errorf("CheckURL(%q) = %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"host=h user=u":                                                    "postgres://",
		"mysql://h/d":                                                      "postgres://",
		"postgres://u:Pa55@word@h/d":                                       "@ in the user and the password as %40",
		"postgres://u:Pa55/word@h/d":                                       "/ in the user and the password as %2F",
		"postgres://u:Pa55%word@h/d":                                       "% as %25",
		"postgres://u:Pa55%s@h/d":                                          "% as %25",
		"postgres://u:Pa55 word@h/d":                                       "space as %20",
		"postgres://u:Pa55word@h/d\n":                                      "white space",
		"postgres://u:Pa55word@h:port/d":                                   "port is a number",
		"postgres://u:Pa55word@h:70000/d":                                  "port is a number",
		"postgres://u:Pa55word@/d?host=a,b,c&port=1,2":                     "one for each host",
		"postgres://h/d?user=u&password=Pa55=word":                         "= in a parameter as %3D",
		"postgres://u:Pa55word@h/d?sslmode=no-verify":                      "sslmode is disable",
		"postgres://u:Pa55word@h/d?connect_timeout=abc":                    "connect_timeout is a number",
		"postgres://u:Pa55word@h/d?service=none&servicefile=/nowhere/Pa55": "no such service",
		"postgres://u:Pa55word@h/d?sslrootcert=/nowhere/ca.pem":            `"/nowhere/ca.pem" cannot be read`,
		"postgres://u:Pa55word@h/d?target_session_attrs=Pa55":              "target_session_attrs is any",
		"postgres://u:Pa55word@h/d?pool_max_conns=Pa55":                    "pool_max_conns is a number",
		"postgres://u:Pa55word@h/d?pool_max_conns=0":                       "pool_max_conns is a number",
		"postgres://u:Pa55word@h/d?pool_max_conn_idle_time=Pa55":           "pool_max_conn_idle_time is a time",
		"postgres://u:Pa55word@h/d?statement_cache_capacity=Pa55":          "statement_cache_capacity is a number",
		"postgres://u:Pa55word@h/d?min_protocol_version=Pa55":              "min_protocol_version",
		"postgres://u:Pa55word@h/d?pgbouncer=true":                         "in place of pgbouncer",
		"postgres://u:Pa55word@h/d?sslmode=require&schema=public":          "search_path in place of schema",
		"postgres://u:Pa55word@h/d?gssencmode=disable":                     "remove gssencmode",
		"postgres://u:Pa55word@h/d?keepalives_idle=5":                      "remove keepalives_idle",
		"postgres://u:Pa55word@h/d?default_query_exec_mode=Pa55":           "default_query_exec_mode is cache_describe",
		"postgres://u:Pa55word@h/d?default_query_exec_mode=describe_exec":  "default_query_exec_mode is cache_describe, exec or simple_protocol",
	} {
		err := pg.CheckURL(bad)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Pa55") || strings.Contains(err.Error(), "word@") {
			t.Errorf("CheckURL(%q) = %v, want %q and no part of the password", bad, err, want)
		}
	}
}

// superuser returns a connection as the superuser of the tests' own server.
func superuser(t *testing.T, d pgtest.Database) *pgx.Conn {
	t.Helper()
	if os.Getenv("TEST_DATABASE_URL") != "" {
		t.Skip("the server of TEST_DATABASE_URL has an unknown superuser")
	}
	at, err := url.Parse(d.Owner)
	if err != nil {
		t.Fatal(err)
	}
	at.User = url.User(pgserver.Superuser)
	conn, err := pgx.Connect(t.Context(), at.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// misleading are variables of libpq that pgx does not read. Each leads psql elsewhere,
// or makes it fail.
var misleading = []string{
	"PGHOSTADDR=203.0.113.1", "PGREQUIRESSL=1", "PGREQUIREPEER=nobody-else", "PGGSSENCMODE=require", "PGKRBSRVNAME=x", "PGGSSLIB=x",
	"PGSSLCRL=/nowhere", "PGSSLCRLDIR=/nowhere", "PGSSLCOMPRESSION=x", "PGSSLMINPROTOCOLVERSION=x", "PGSSLMAXPROTOCOLVERSION=x",
	"PGCLIENTENCODING=x", "PGDATESTYLE=x", "PGGEQO=x", "PGLOADBALANCEHOSTS=x", "PGSERVICEFILE=/nowhere",
}

// psql connects to the same database, as the same role and with the same
// parameters as pgx, whatever the form of the URL.
func TestLibpqEnv_LeadsPsqlWherePgxGoes(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	role, password := "odd/role "+rand.Text(), `p@#/:%?& 'w\`
	admin := superuser(t, d)
	if _, err := admin.Exec(t.Context(), `CREATE ROLE `+pgx.Identifier{role}.Sanitize()+` LOGIN PASSWORD 'p@#/:%?& ''w\'`); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = admin.Exec(context.Background(), `DROP ROLE `+pgx.Identifier{role}.Sanitize()) })
	at, err := url.Parse(d.App)
	if err != nil {
		t.Fatal(err)
	}
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	user, secret := escape(role), escape(password)
	host, port := at.Hostname(), at.Port()
	if fromQuery := at.Query().Get("host"); fromQuery != "" {
		host = fromQuery
	}
	escapedHost := escape(host)
	file := filepath.Join(t.TempDir(), "services")
	service := "[odd]\nhost=" + host + "\nport=" + port + "\nuser=" + role + "\ndbname=" + at.Path[1:] + "\n"
	if err := os.WriteFile(file, []byte(service), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"postgres://" + user + ":" + secret + "@" + escapedHost + ":" + port + at.Path,
		"postgres:///" + at.Path[1:] + "?host=" + host + "&port=" + port + "&user=" + user + "&password=" + secret,
		"postgres://" + user + ":" + secret + "@127.0.0.1:1," + escapedHost + ":" + port + at.Path + "?sslmode=prefer",
		"postgres://" + user + ":" + secret + "@" + escapedHost + ":" + port + at.Path + "?search_path=%22a%20b%22,c&timezone=Asia/Tokyo&options=-c%20work_mem%3D8MB",
		"postgres:///?service=odd&password=" + secret + "&servicefile=" + file,
	} {
		env, err := pg.LibpqEnv(append(os.Environ(), misleading...), text)
		if err != nil {
			t.Errorf("LibpqEnv(%q) = %v", text, err)
			continue
		}
		const query = "SELECT current_user || ' ' || current_database() || ' ' || current_setting('search_path') || ' ' || current_setting('work_mem') || ' ' || current_setting('timezone')"
		var want string
		conn, err := pgx.Connect(t.Context(), text)
		if err != nil {
			t.Errorf("pgx on %q: %v", text, err)
			continue
		}
		if err := conn.QueryRow(t.Context(), query).Scan(&want); err != nil {
			t.Errorf("pgx on %q: %v", text, err)
		}
		conn.Close(t.Context())
		psql := exec.CommandContext(t.Context(), "psql", "-XAtc", query)
		psql.Env = env
		out, err := psql.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("psql with the variables of %q = %q, %v; pgx has %q", text, got, err, want)
		}
	}
}
