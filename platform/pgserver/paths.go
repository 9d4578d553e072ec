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

// maxSocketDir is the longest path of the socket's directory. A socket's path has
// at most 104 bytes on the most restrictive system.
const maxSocketDir = 104 - len("/.s.PGSQL."+port+".lock") - 1

// paths has the paths of a DATA_DIR.
type paths struct {
	dir     string // DATA_DIR, absolute and without symbolic links
	data    string // the cluster
	sockets string // the directory of the socket
}

func (p paths) home() string     { return filepath.Join(p.dir, "postgres") }
func (p paths) lockFile() string { return filepath.Join(p.home(), "lock") }
func (p paths) connFile() string { return filepath.Join(p.home(), "conn.json") }
func (p paths) dsnFile() string  { return filepath.Join(p.dir, "database.dsn") }
func (p paths) ownData() string  { return filepath.Join(p.home(), "data") }

// key returns a short name of this DATA_DIR.
func (p paths) key() string {
	sum := sha256.Sum256([]byte(p.dir))
	return hex.EncodeToString(sum[:6])
}

// newPaths creates DATA_DIR, which only its owner may enter.
func newPaths(dataDir string) (paths, error) {
	if err := os.MkdirAll(filepath.Join(dataDir, "postgres"), 0o700); err != nil {
		return paths{}, notWritable(dataDir, err)
	}
	return pathsOf(dataDir)
}

// pathsOf is newPaths without creating anything.
func pathsOf(dataDir string) (paths, error) {
	dir, err := filepath.Abs(dataDir)
	if err != nil {
		return paths{}, err
	}
	// Symbolic links are resolved, so that one directory has one name and one key.
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	p := paths{dir: dir}
	p.data = p.ownData()
	return p, nil
}

// ClusterDir returns the directory of the cluster of a DATA_DIR: below it, or
// elsewhere where root must run postgres as a user that cannot enter it. It
// returns an error for a cluster of another user, as Start does.
func ClusterDir(dataDir string) (string, error) {
	p, err := pathsOf(dataDir)
	if err != nil {
		return "", err
	}
	_, p, err = thisHost().account(p)
	return p.data, err
}

// socketDir creates the private directory of the socket. Its name depends only on
// DATA_DIR, so that URLs stay valid after restarts. It is not in DATA_DIR, because
// a socket's path must be short.
func (p paths) socketDir(a account) (string, error) {
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

// removeSocketDir removes the directory and the files that a killed postgres left
// in it.
func (p paths) removeSocketDir() error { return os.RemoveAll(p.sockets) }

// makePrivate creates a directory that only the account may enter. An existing
// directory must have that owner and mode: other users may write to /tmp, and the
// owner of the directory could put a socket of their own into it.
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
		return "", fmt.Errorf("%s is not a private directory of the user that runs PostgreSQL: remove it", dir)
	}
	return dir, nil
}

// ownerOf returns the uid of a file's owner.
func ownerOf(info os.FileInfo) int {
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

// notWritable returns the error for a file that cannot be written, with the fix.
func notWritable(path string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("the disk that holds %s is full: free some space, or set DATA_DIR to a directory on another disk", path)
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("cannot write %s: %w; set DATA_DIR to a directory that you may write to", path, err)
	}
	return fmt.Errorf("DATA_DIR: %w", err)
}
