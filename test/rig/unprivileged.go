package rig

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
	"testing"
)

// unprivileged is a system user without privileges and a directory of that user,
// for programs that refuse to run as root. It is the current user or, for root,
// the user "nobody".
type unprivileged struct {
	dir      string
	uid, gid int
}

func newUnprivileged(t testing.TB) unprivileged {
	t.Helper()
	dir, err := os.MkdirTemp("", "stoa-") //nolint:usetesting // t.TempDir is below a directory of root's
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	o := unprivileged{dir: dir, uid: os.Geteuid(), gid: os.Getegid()}
	if o.uid == 0 {
		o.uid, o.gid = nobody(t)
	}
	o.own(t, dir)
	return o
}

func nobody(t testing.TB) (uid, gid int) {
	t.Helper()
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ = strconv.Atoi(u.Uid) // a number on every Unix system
	gid, _ = strconv.Atoi(u.Gid)
	return uid, gid
}

// own makes the user the owner of a file.
func (o unprivileged) own(t testing.TB, path string) {
	t.Helper()
	if err := os.Chown(path, o.uid, o.gid); err != nil {
		t.Fatal(err)
	}
}

// Write writes a file that only the user reads, and returns its path.
func (o unprivileged) Write(t testing.TB, name, text string) string {
	t.Helper()
	path := o.dir + "/" + name
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o.own(t, path)
	return path
}

// command returns a command that runs as the user, in the user's directory.
func (o unprivileged) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	DieWithParent(cmd)
	cmd.Dir, cmd.Env = o.dir, Env{"HOME": o.dir}.List()
	if os.Geteuid() != o.uid {
		if cmd.SysProcAttr == nil {
			cmd.SysProcAttr = &syscall.SysProcAttr{}
		}
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	}
	return cmd
}
