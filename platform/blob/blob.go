// Package blob stores files outside the database: in a directory of this machine
// or in a bucket of an S3 server. Files are small, their names are made by the
// program, and writes are atomic. It is our own because gocloud.dev/blob adds 294
// packages to the program.
package blob

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"sync"
	"time"

	"stoa/platform/fault"
)

// ErrNotFound means that there is no file of that name.
var ErrNotFound = errors.New("no such file")

// maxSize is the largest accepted file: files are read into memory as a whole.
const maxSize = 16 << 20 // bytes

// retryAfter is the Retry-After of errors of the storage.
const retryAfter = 5 * time.Second

// File is a stored file.
type File struct {
	Type string // the media type, by the extension of its name
	Body []byte
}

// Store stores files. Each method returns within seconds. It returns the
// Unavailable fault storage_unavailable when the storage is unreachable, full or
// misconfigured; the state of the file is then unknown.
type Store interface {
	// Put writes the file and returns when the file survives a crash. It replaces
	// a file of the same name atomically: no reader gets a part of each.
	Put(ctx context.Context, name string, body []byte) error
	// Get returns the file, or ErrNotFound.
	Get(ctx context.Context, name string) (File, error)
	// Delete removes the file. It returns nil when there is none.
	Delete(ctx context.Context, name string) error
}

// Config has the place where a store keeps its files.
type Config struct {
	Location Location // a bucket; empty for Dir
	Keys     Keys     // of the bucket
	Dir      string   // the path of a directory; the first use creates it
}

// New returns the store in the bucket of c or, without one, in its directory.
func New(c Config) (Store, error) {
	if c.Location.InBucket() {
		return newBucket(c.Location, c.Keys)
	}
	return newDir(c.Dir), nil
}

// types are the accepted types of files, by extension.
var types = map[string]string{".jpg": "image/jpeg", ".png": "image/png", ".txt": "text/plain; charset=utf-8"}

// namePattern matches valid names. Each part begins with a letter or digit, which
// excludes "..", hidden files and absolute paths. The pattern is compiled on first
// use, because its counts make compiling slow.
var namePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}(/[a-z0-9][a-z0-9._-]{0,99}){0,3}$`)
})

// check returns the type of the file, by its name. An invalid name is a mistake of
// the caller; the error is also ErrNotFound.
func check(name string) (string, error) {
	kind, known := types[path.Ext(name)]
	if !known || !namePattern().MatchString(name) {
		return "", fmt.Errorf("blob: %q is not a valid file name: %w", name, ErrNotFound)
	}
	return kind, nil
}

func unavailable(err error) error {
	if err == nil || errors.Is(err, ErrNotFound) {
		return err
	}
	return &fault.Error{
		Kind: fault.Unavailable, Code: "storage_unavailable", RetryAfter: retryAfter, Err: fmt.Errorf("blob: %w", err),
		Message: "Files cannot be read or stored right now. Nothing was changed; try again shortly.",
	}
}

// Probe writes, reads and deletes a file of that name, and returns the first
// error.
func Probe(ctx context.Context, s Store, name string) error {
	const text = "probe"
	if err := s.Put(ctx, name, []byte(text)); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	file, err := s.Get(ctx, name)
	if err == nil && string(file.Body) != text {
		err = errors.New("the content differs from what was written")
	}
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if err := s.Delete(ctx, name); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	if _, err := s.Get(ctx, name); !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("the deleted file is still there: %w", err)
	}
	return nil
}
