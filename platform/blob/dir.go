package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
)

// dir stores files in a directory of this machine. Replicas share the files only
// when they share the directory.
type dir struct {
	open func() (*os.Root, error)
}

// newDir returns a store in the directory at path. The first use creates it.
func newDir(path string) *dir {
	return &dir{open: sync.OnceValues(func() (*os.Root, error) {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, err
		}
		// Neither a name nor a symbolic link leads out of an os.Root.
		return os.OpenRoot(path)
	})}
}

// partial is the prefix of files that are being written. No stored file has it:
// names begin with a letter or digit.
const partial = ".partial-"

// Put writes a partial file and renames it when its content is on the disk.
func (d *dir) Put(_ context.Context, name string, body []byte) error {
	if _, err := check(name); err != nil {
		return err
	}
	if len(body) > maxSize {
		return fmt.Errorf("blob: %s has %d bytes", name, len(body))
	}
	root, err := d.open()
	if err != nil {
		return unavailable(err)
	}
	return unavailable(write(root, name, body))
}

func write(root *os.Root, name string, body []byte) error {
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	temporary := path.Join(path.Dir(name), partial+strings.ToLower(rand.Text()))
	if err := writeSynced(root, temporary, body); err != nil {
		return errors.Join(err, root.Remove(temporary))
	}
	if err := root.Rename(temporary, name); err != nil {
		return errors.Join(err, root.Remove(temporary))
	}
	return syncDir(root, path.Dir(name))
}

func writeSynced(root *os.Root, name string, body []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes changes of names in a directory survive a crash.
func syncDir(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Get reads the file.
func (d *dir) Get(_ context.Context, name string) (File, error) {
	kind, err := check(name)
	if err != nil {
		return File{}, err
	}
	root, err := d.open()
	if err != nil {
		return File{}, unavailable(err)
	}
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return File{}, ErrNotFound
	}
	if err != nil {
		return File{}, unavailable(err)
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, maxSize))
	return File{Type: kind, Body: body}, unavailable(err)
}

// Delete removes the file.
func (d *dir) Delete(_ context.Context, name string) error {
	if _, err := check(name); err != nil {
		return err
	}
	root, err := d.open()
	if err != nil {
		return unavailable(err)
	}
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unavailable(err)
	}
	return unavailable(syncDirOf(root, name))
}

// syncDirOf makes a removal survive a crash. It returns nil when the directory
// does not exist.
func syncDirOf(root *os.Root, name string) error {
	err := syncDir(root, path.Dir(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
