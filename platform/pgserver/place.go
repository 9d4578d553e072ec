//go:build unix

package pgserver

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// maxSocketDir leaves room for the socket's name in the 104 bytes that the
// smallest of the systems has for a socket's path.
const maxSocketDir = 104 - len("/.s.PGSQL."+port+".lock") - 1

// place is where things are.
type place struct {
	dir     string // DATA_DIR, absolute and without links
	data    string // the cluster
	sockets string // the directory of the socket
}

func (p place) home() string     { return filepath.Join(p.dir, "postgres") }
func (p place) lockFile() string { return filepath.Join(p.home(), "lock") }
func (p place) connFile() string { return filepath.Join(p.home(), "conn.json") }
func (p place) dsnFile() string  { return filepath.Join(p.dir, "database.dsn") }
func (p place) ownData() string  { return filepath.Join(p.home(), "data") }

// key is a short name for this DATA_DIR.
func (p place) key() string {
	sum := sha256.Sum256([]byte(p.dir))
	return hex.EncodeToString(sum[:6])
}

// newPlace makes DATA_DIR. What is in it concerns its owner alone.
func newPlace(dataDir string) (place, error) {
	if err := os.MkdirAll(filepath.Join(dataDir, "postgres"), 0o700); err != nil {
		return place{}, notWritable(dataDir, err)
	}
	return placeOf(dataDir)
}

// placeOf is newPlace without making anything.
func placeOf(dataDir string) (place, error) {
	dir, err := filepath.Abs(dataDir)
	if err != nil {
		return place{}, err
	}
	// One directory has one name, whichever link led to it.
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	p := place{dir: dir}
	p.data = p.ownData()
	return p, nil
}

// ClusterDir returns where PostgreSQL keeps the data of a DATA_DIR: below it, or
// elsewhere where root's PostgreSQL cannot live there. It refuses a cluster of
// somebody else, as Start does.
func ClusterDir(dataDir string) (string, error) {
	p, err := placeOf(dataDir)
	if err != nil {
		return "", err
	}
	_, p, err = thisHost().account(p)
	return p.data, err
}

// socketDir makes the private directory of the socket. Its name depends on
// DATA_DIR alone, so that URLs stay valid over restarts; it is not in DATA_DIR,
// because a socket's path must be short.
func (p place) socketDir(a account) (string, error) {
	if p.data != p.ownData() {
		return makePrivate(filepath.Join(filepath.Dir(p.data), "run"), a)
	}
	name := "stoa-" + p.key()
	for _, parent := range []string{os.TempDir(), "/tmp"} {
		if dir := filepath.Join(parent, name); len(dir) <= maxSocketDir {
			return makePrivate(dir, a)
		}
	}
	return "", fmt.Errorf("no directory for the socket: TMPDIR is too long")
}

// removeSocketDir removes the directory and what a killed postgres left in it.
func (p place) removeSocketDir() error { return os.RemoveAll(p.sockets) }

// makePrivate makes a directory that the account alone may enter. One that is
// there already must be just that: others may write beside it, and whoever
// owned the directory could put his own socket into it.
func makePrivate(dir string, a account) (string, error) {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return dir, a.own(dir)
	}
	if !errors.Is(err, os.ErrExist) {
		return "", notWritable(dir, err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	if !info.IsDir() || info.Mode().Perm() != 0o700 || ownerOf(info) != a.fileOwner() {
		return "", fmt.Errorf("%s is not a private directory of the user who runs PostgreSQL: remove it", dir)
	}
	return dir, nil
}

// ownerOf returns the user a file belongs to.
func ownerOf(info os.FileInfo) int {
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

// notWritable says what to do when DATA_DIR refuses a file.
func notWritable(path string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("the disk that holds %s is full: free some space, or set DATA_DIR to a place on another disk", path)
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("cannot write %s: %w; set DATA_DIR to a directory that you may write to", path, err)
	}
	return fmt.Errorf("DATA_DIR: %w", err)
}
