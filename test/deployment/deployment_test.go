package deployment

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"stoa/platform/mail/mailtest"
	"stoa/platform/pg/pgtest"
	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// deploymentDocs are the documents with named blocks of commands. Tests run the
// blocks.
var deploymentDocs = []string{"deployment.md", "deployment-proxies.md", "deployment-replicas.md", "operations.md", "security.md"}

// deploymentText returns the text of all deploymentDocs.
func deploymentText(t *testing.T) []byte {
	t.Helper()
	var all []byte
	for _, name := range deploymentDocs {
		text, err := os.ReadFile(filepath.Join(rig.Root(), "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

// documentedCommands returns the commands of the block "sh name" in deploymentDocs.
func documentedCommands(t *testing.T, name string) string {
	t.Helper()
	block := regexp.MustCompile("(?s)```sh " + name + "\n(.*?)```").FindSubmatch(deploymentText(t))
	if block == nil {
		t.Fatalf("no block of commands is named %s in docs/ %q", name, deploymentDocs)
	}
	return string(block[1])
}

// operator is a shell with the program on its PATH, in a directory with the
// samples of deploy/.
type operator struct {
	dir string
	env rig.Env
}

// newOperator returns a shell with client programs of PostgreSQL that are not
// older than the tests' server, because pg_dump refuses a newer server.
func newOperator(t *testing.T, app *rig.App, env rig.Env) operator {
	t.Helper()
	stoa, err := rig.Build()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(rig.Root(), "deploy"), filepath.Join(dir, "deploy")); err != nil {
		t.Fatal(err)
	}
	server := rig.Ask[int](t, app, "select current_setting('server_version_num')::int / 10000")
	path := filepath.Dir(stoa) + ":" + clientPrograms(t, server) + ":" + os.Getenv("PATH")
	return operator{dir: dir, env: env.With(rig.Env{"PATH": path})}
}

var majorVersion = regexp.MustCompile(`\) (\d+)`)

// clientPrograms returns a directory with pg_dump of that version or a newer one.
func clientPrograms(t *testing.T, version int) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump") // the only error is for a malformed pattern
	if path, err := exec.LookPath("pg_dump"); err == nil {
		found = append(found, path)
	}
	for _, path := range found {
		out, err := exec.Command(path, "--version").Output()
		match := majorVersion.FindSubmatch(out)
		if err != nil || match == nil {
			continue
		}
		if major, _ := strconv.Atoi(string(match[1])); major >= version {
			return filepath.Dir(path)
		}
	}
	t.Skipf("no pg_dump of PostgreSQL %d or newer among %q", version, found)
	return ""
}

// run runs the documented commands and returns their output.
func (o operator) run(t *testing.T, name string, env ...rig.Env) string {
	t.Helper()
	return o.shell(t, documentedCommands(t, name), env...)
}

func (o operator) shell(t *testing.T, script string, env ...rig.Env) string {
	t.Helper()
	return rig.Shell(t, o.dir, o.env.With(env...), script)
}

// Every named block is run by a test below. A block without a test must not have
// a name.
func TestDeploymentDocs_NamedBlocksAreRun(t *testing.T) {
	t.Parallel()
	var names []string
	for _, match := range regexp.MustCompile("(?m)^```sh (\\w+)$").FindAllStringSubmatch(string(deploymentText(t)), -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	if want := []string{"backup", "embedded", "leakedkey", "leakedmail", "leakedmetrics", "leakedpassword", "leakedsigning", "migrate", "promote", "refill", "restore", "roles", "signout", "standby", "synchronous"}; !slices.Equal(names, want) {
		t.Errorf("the documents have blocks named %q, the tests run %q", names, want)
	}
}

// From an empty server to a program that runs in production.
func TestDeploymentDocs_RolesAndMigrations(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"docs":  documentedCommands(t, "roles"),
		"image": "export OWNER_PASSWORD=1 APP_PASSWORD=2 PGDATABASE=postgres\n" + `ROLES_SQL=deploy/postgres/roles.sql PGHOST=$ADMIN_HOST POSTGRES_USER=$ADMIN_ROLE sh deploy/postgres/init.sh`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := &rig.App{Owner: pgtest.Empty(t).Owner}
			rolesAndMigrations(t, at, rig.Superuser(t, at), script)
		})
	}
}

// Managed PostgreSQL gives no superuser, but a role that may create roles and
// databases.
func TestDeploymentDocs_RolesWithoutSuperuser(t *testing.T) {
	t.Parallel()
	at := &rig.App{Owner: pgtest.Empty(t).Owner}
	super := &rig.App{Owner: rig.Superuser(t, at)}
	admin := "stoa_admin_" + strings.ToLower(rand.Text()[:10])
	super.Exec(t, "CREATE ROLE "+admin+" LOGIN CREATEDB CREATEROLE PASSWORD '"+admin+"'")
	t.Cleanup(func() { super.Exec(t, "DROP ROLE "+admin) })
	rolesAndMigrations(t, at, urlFor(t, super.Owner, admin, admin, "postgres"), documentedCommands(t, "roles"))
}

// rolesAndMigrations runs the script as the administrator of at's server, runs
// the migrations and serves.
func rolesAndMigrations(t *testing.T, at *rig.App, admin, script string) {
	t.Helper()
	o, urls := ownRoles(t, at, admin, script)
	env := rig.Defaults(urls.App, urls.Owner).Production()
	// stoa doctor connects to the mail server.
	env = env.With(rig.Env{"SMTP_URL": "smtp://" + mailtest.Start(t).Addr, "MAIL_FROM": "stoa@localhost"})
	o.run(t, "migrate", env)
	app, err := rig.Serve(t.TempDir(), env["DATABASE_OWNER_URL"], env)
	if err != nil {
		t.Fatal(err)
	}
	rig.StopWith(t, app)
	app.API(t).Register(rig.NewUser())
	_, role, _ := login(t, urls.App)
	if n := rig.Ask[int](t, app, "select count(*)::int from pg_tables where tableowner = $1", role); n != 0 {
		t.Errorf("the program's role owns %d tables", n)
	}
}

// ownRoles runs the script as the administrator of at's server. It returns the shell,
// and the URLs of the new database with its two roles, which no other test uses.
func ownRoles(t *testing.T, at *rig.App, admin, script string) (operator, pgserver.URLs) {
	t.Helper()
	own := "stoa_docs_" + strings.ToLower(rand.Text()[:10])
	names := rig.Env{"OWNER_ROLE": own + "_owner", "APP_ROLE": own + "_app", "DATABASE_NAME": own}
	o := newOperator(t, at, names)
	dropDatabaseAfter(t, at, names)
	host, role, password := login(t, admin)
	out := strings.Fields(o.shell(t, script+"\necho $OWNER_PASSWORD $APP_PASSWORD",
		rig.Env{"ADMIN_URL": admin, "ADMIN_HOST": host, "ADMIN_ROLE": role, "PGPASSWORD": password}))
	return o, pgserver.URLs{
		Owner: urlFor(t, admin, names["OWNER_ROLE"], out[len(out)-2], own),
		App:   urlFor(t, admin, names["APP_ROLE"], out[len(out)-1], own),
	}
}

// dropDatabaseAfter removes the database and roles of the script after the test.
// A superuser does it: an autovacuum process in the database makes PostgreSQL
// refuse FORCE to every other role.
func dropDatabaseAfter(t *testing.T, at *rig.App, names rig.Env) {
	super := &rig.App{Owner: rig.Superuser(t, at)}
	t.Cleanup(func() {
		conn := super.Connect(t)
		defer conn.Close(context.Background())
		for _, statement := range []string{
			"DROP DATABASE IF EXISTS " + names["DATABASE_NAME"] + " WITH (FORCE)",
			"DROP ROLE IF EXISTS " + names["APP_ROLE"], "DROP ROLE IF EXISTS " + names["OWNER_ROLE"],
		} {
			if _, err := conn.Exec(context.Background(), statement); err != nil {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}

// systemd accepts the sample unit without warnings.
func TestSystemdUnit(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	text, err := os.ReadFile(filepath.Join(rig.Root(), "deploy", "systemd", "stoa.service"))
	if err != nil {
		t.Fatal(err)
	}
	stoa, err := rig.Build()
	if err != nil {
		t.Fatal(err)
	}
	// systemd requires that the program exists.
	unit := filepath.Join(t.TempDir(), "stoa.service")
	if err := os.WriteFile(unit, []byte(strings.Replace(string(text), "ExecStart=/usr/local/bin/stoa ", "ExecStart="+stoa+" ", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if out, err := exec.Command(analyze, "security", "--offline=true", "--threshold=20", unit).CombinedOutput(); err != nil {
		t.Errorf("the unit is more exposed than 2.0 of 10: %v\n%s", err, out)
	}
}
