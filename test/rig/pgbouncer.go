package rig

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"stoa/platform/freeport"
)

// PgBouncer is a pooler in transaction mode before a database.
type PgBouncer struct {
	*Process
	URL        string      // of the program's role, through PgBouncer
	FaultProxy *FaultProxy // between PgBouncer and the database
}

// NewPgBouncer starts PgBouncer with deploy/pgbouncer before the database of the
// DSN. edits are pairs of a text in the sample and its replacement.
func NewPgBouncer(t testing.TB, dsn string, edits ...string) *PgBouncer {
	t.Helper()
	b := &PgBouncer{}
	b.FaultProxy, dsn = NewFaultProxy(t, dsn)
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	password, given := at.User.Password()
	if !given {
		password = "asked by pgbouncer alone"
	}
	port, err := freeport.Get()
	if err != nil {
		t.Fatal(err)
	}
	o := newUnprivileged(t)
	database := strings.TrimPrefix(at.Path, "/")
	users := o.Write(t, "userlist.txt", `"`+at.User.Username()+`" "`+password+"\"\n")
	settings := sampleText(t, "pgbouncer/pgbouncer.ini", append(edits,
		"\nstoa = host=127.0.0.1 port=5432 dbname=stoa ", "\n"+database+" = host=127.0.0.1 port="+at.Port()+" dbname="+database+" ",
		"listen_port = 6432", "listen_port = "+port, "/etc/pgbouncer/userlist.txt", users)...)
	ini := o.Write(t, "pgbouncer.ini", settings)
	cmd := exec.Command(SampleProgram(t, "pgbouncer"), ini)
	DieWithParent(cmd)
	cmd.Dir, cmd.Env = o.dir, Env{"HOME": o.dir}.List()
	if os.Geteuid() == 0 { // PgBouncer changes to the user itself; that user could not start it from root's home
		cmd.Args = append(cmd.Args, "--user=nobody")
	}
	libraries, _ := filepath.Glob(unpacked("lib", "*-linux-gnu")) // the only error is for a malformed pattern
	cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+strings.Join(libraries, ":"))
	if b.Process, err = beginCmd(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.cmd.Process.Kill() })
	Await(t, "PgBouncer to listen", func() bool { return b.Ended() || strings.Contains(b.Log.String(), "process up") })
	if b.Ended() {
		t.Fatalf("PgBouncer has ended:\n%s", b.Log.End())
	}
	at.User, at.Host = url.UserPassword(at.User.Username(), password), "127.0.0.1:"+port
	at.RawQuery = "sslmode=disable&default_query_exec_mode=cache_describe"
	b.URL = at.String()
	return b
}
