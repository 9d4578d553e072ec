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

// account is who runs postgres. It refuses to run as root, so root gives it
// another face.
type account struct {
	// namespace: as nobody in a user namespace, where nobody stands for root
	// outside. Its files are root's, wherever they lie.
	namespace bool
	// uid and gid of the user to become, when drop is set.
	drop     bool
	uid, gid int
}

// host is what the machine allows.
type host struct {
	root       bool
	namespaces func() bool // whether root may make user namespaces
	shared     string      // where a user who cannot enter DATA_DIR keeps data
	installed  []string    // patterns of where PostgreSQL's programs may be
}

func thisHost() *host {
	return &host{
		root: os.Geteuid() == 0, namespaces: namespacesWork,
		shared: "/var/lib/stoa", installed: installedAt,
	}
}

// account chooses who runs postgres and, where that user cannot live in
// DATA_DIR, another place for the cluster. A cluster that exists stays with
// its owner.
func (h *host) account(p place) (account, place, error) {
	if !h.root {
		return account{}, p, ownedBy(p.data, os.Geteuid())
	}
	elsewhere := p
	elsewhere.data = filepath.Join(h.shared, p.key(), "data")
	for _, place := range []place{p, elsewhere} {
		info, err := os.Stat(place.data)
		if err == nil && ownerOf(info) != 0 {
			return h.becoming(ownerOf(info), place)
		}
	}
	if h.namespaces() {
		return account{namespace: true}, p, nil
	}
	if _, err := os.Stat(p.data); err == nil {
		return account{}, p, fmt.Errorf("the private PostgreSQL in %s belongs to root, and this system refuses the user namespaces that root needs to run it: give it to an ordinary user (chown -R) and start as that one", p.data)
	}
	return h.becoming(serviceUser(), elsewhere)
}

// becoming returns the account of another user.
func (h *host) becoming(uid int, p place) (account, place, error) {
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

// serviceUser returns the user that root becomes: the one that PostgreSQL's
// packages make, or nobody.
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

// fileOwner returns the user to whom the account's files belong.
func (a account) fileOwner() int {
	if a.drop {
		return a.uid
	}
	return os.Geteuid()
}

// own gives a file to the account.
func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// ownedBy refuses a cluster of another user, in words that postgres lacks.
func ownedBy(data string, uid int) error {
	info, err := os.Stat(data)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return notWritable(data, err)
	case ownerOf(info) != uid:
		return fmt.Errorf("the private PostgreSQL in %s belongs to another user (%d): start as that one, or set DATA_DIR to a place of your own", data, ownerOf(info))
	}
	return nil
}
