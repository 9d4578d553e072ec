package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"stoa/platform/freeport"
)

// Servers are a PostgreSQL primary and its standbys, reached over TLS.
type Servers struct {
	unprivileged
	bin   string // directory of PostgreSQL's programs
	CA    string // file with the authority of their certificates
	Nodes []*Node
}

// Node is one server.
type Node struct {
	*Process
	port, Data string
}

// RolePasswords has the passwords of the roles that deploy/postgres/roles.sql
// creates.
var RolePasswords = Env{"OWNER_PASSWORD": "owner of the tables", "APP_PASSWORD": "what the program knows"}

// NewServers starts a primary with the roles and the database of the program.
func NewServers(t testing.TB) *Servers {
	t.Helper()
	s := &Servers{unprivileged: newUnprivileged(t), bin: serverPrograms(t)}
	chain, key := Certificate(t)
	s.CA = s.Write(t, "ca.pem", chain)
	s.Write(t, "server.key", key)
	one := s.Node(t)
	s.Run(t, "initdb --pgdata="+one.Data+" --username=postgres --auth-local=trust --auth-host=scram-sha-256 --no-sync")
	s.Start(t, one)
	psql := "psql --no-psqlrc --quiet --dbname='" + s.Admin(one) + "' --file=-"
	s.Run(t, psql+" <<'E'\n"+sampleText(t, "postgres/roles.sql")+"\nE\n", RolePasswords)
	return s
}

// Node reserves a port and a directory for another server.
func (s *Servers) Node(t testing.TB) *Node {
	t.Helper()
	port, err := freeport.Get()
	if err != nil {
		t.Fatal(err)
	}
	n := &Node{port: port, Data: filepath.Join(s.dir, "data"+port)}
	s.Nodes = append(s.Nodes, n)
	return n
}

// Start runs the server of a directory until the test ends.
func (s *Servers) Start(t testing.TB, n *Node) {
	t.Helper()
	args := []string{"-D", n.Data}
	for _, setting := range []string{
		"port=" + n.port, "listen_addresses=localhost", "unix_socket_directories=" + s.dir, "log_destination=stderr", "logging_collector=off",
		"ssl=on", "ssl_cert_file=" + s.CA, "ssl_key_file=" + s.dir + "/server.key",
		"fsync=off", // tests need no durability
	} {
		args = append(args, "-c", setting)
	}
	var err error
	if n.Process, err = beginCmd(s.command(filepath.Join(s.bin, "postgres"), args...)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.cmd.Process.Kill() })
	Await(t, "PostgreSQL to start", func() bool {
		if n.Ended() {
			t.Fatalf("PostgreSQL has ended:\n%s", n.Log.End())
		}
		return strings.Contains(n.Log.String(), "ready to accept")
	})
}

// Run runs shell commands as the servers' user.
func (s *Servers) Run(t testing.TB, script string, env ...Env) {
	t.Helper()
	cmd := s.command("bash", "-euc", script)
	cmd.Env = Env{"HOME": s.dir, "PATH": s.bin + ":" + os.Getenv("PATH")}.With(env...).List()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%.300s\n%v\n%s", script, err, out)
	}
}

// Admin returns the URL of one server, for its superuser.
func (s *Servers) Admin(n *Node) string {
	return fmt.Sprintf("postgres://postgres@/postgres?host=%s&port=%s", s.dir, n.port)
}

// URL returns the URL that leads to the server that accepts writes.
func (s *Servers) URL(role, password string) string {
	var hosts []string
	for _, n := range s.Nodes {
		hosts = append(hosts, "localhost:"+n.port)
	}
	return fmt.Sprintf("postgres://%s:%s@%s/stoa?target_session_attrs=read-write&sslmode=verify-full&sslrootcert=%s",
		role, strings.ReplaceAll(password, " ", "%20"), strings.Join(hosts, ","), s.CA)
}

// serverPrograms returns a directory with the programs for a primary and a
// standby.
func serverPrograms(t testing.TB) string {
	t.Helper()
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the only error is for a malformed pattern
	if given := os.Getenv("STOA_PG_BIN"); given != "" {
		dirs = append(dirs, given)
	}
	if path, err := exec.LookPath("pg_basebackup"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for i := len(dirs) - 1; i >= 0; i-- {
		found := 0
		for _, name := range []string{"postgres", "initdb", "pg_basebackup", "pg_ctl", "psql"} {
			if _, err := exec.LookPath(filepath.Join(dirs[i], name)); err == nil {
				found++
			}
		}
		if found == 5 {
			return dirs[i]
		}
	}
	t.Skipf("no directory has both PostgreSQL's server and pg_basebackup: not in %q", dirs)
	return ""
}
