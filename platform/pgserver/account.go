//go:build unix

package pgserver

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// account is the operating system user that runs postgres. Postgres refuses to
// run as root, so root runs it in a user namespace or as another user.
type account struct {
	// namespace: postgres runs as the user "nobody" in a user namespace, which
	// maps that user to root outside. Root owns its files, in any directory.
	namespace bool
	// uid and gid of the user that runs postgres, when drop is set.
	drop     bool
	uid, gid int
}

// host has the properties of the machine that decide how postgres runs.
type host struct {
	root       bool
	namespaces func() bool // whether root may create user namespaces
	shared     string      // data directory of a user that cannot enter DATA_DIR
	installed  []string    // patterns of directories with PostgreSQL's programs
}

func thisHost() *host {
	return &host{
		root: os.Geteuid() == 0, namespaces: namespacesWork,
		shared: "/var/lib/stoa", installed: installedAt,
	}
}

// account chooses the user that runs postgres and, where that user cannot enter
// DATA_DIR, another directory for the cluster. An existing cluster keeps its
// owner.
func (h *host) account(p paths) (account, paths, error) {
	if !h.root {
		return account{}, p, ownedBy(p.data, os.Geteuid())
	}
	elsewhere := p
	elsewhere.data = filepath.Join(h.shared, p.key(), "data")
	for _, paths := range []paths{p, elsewhere} {
		info, err := os.Stat(paths.data)
		if err == nil && ownerOf(info) != 0 {
			return h.otherUser(ownerOf(info), paths)
		}
	}
	if h.namespaces() {
		return account{namespace: true}, p, nil
	}
	if _, err := os.Stat(p.data); err == nil {
		return account{}, p, fmt.Errorf("the private PostgreSQL in %s belongs to root, and this system refuses the user namespaces that root needs to run it: give it to an ordinary user (chown -R) and start as that user", p.data)
	}
	return h.otherUser(serviceUser(), elsewhere)
}

// otherUser returns the account of another user and creates the directory of its
// cluster.
func (h *host) otherUser(uid int, p paths) (account, paths, error) {
	a := account{drop: true, uid: uid, gid: uid}
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		a.gid, _ = strconv.Atoi(u.Gid)
	}
	if p.data == p.ownData() {
		return a, p, nil
	}
	home := filepath.Dir(p.data)
	if err := os.MkdirAll(home, 0o755); err != nil {
		return a, p, notWritable(home, err)
	}
	return a, p, a.own(home)
}

// serviceUser returns the uid that runs postgres for root: that of the user
// "postgres", which PostgreSQL's packages create, or of the user "nobody".
func serviceUser() int {
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			if uid, err := strconv.Atoi(u.Uid); err == nil && uid > 0 {
				return uid
			}
		}
	}
	return 65534
}

// fileOwner returns the uid that owns the account's files.
func (a account) fileOwner() int {
	if a.drop {
		return a.uid
	}
	return os.Geteuid()
}

// own makes the account the owner of a file.
func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// ownedBy returns an error for a cluster of another user. Unlike the message of
// postgres, it names the fix.
func ownedBy(data string, uid int) error {
	info, err := os.Stat(data)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return notWritable(data, err)
	case ownerOf(info) != uid:
		return fmt.Errorf("the private PostgreSQL in %s belongs to another user (%d): start as that user, or set DATA_DIR to a directory of your own", data, ownerOf(info))
	}
	return nil
}
