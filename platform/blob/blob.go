// Package blob keeps files beside the database: in a directory of this machine
// or in a bucket of an S3 server. Files are small, have names that we made, and
// are written whole or not at all.
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

// ErrNotFound is the answer to a name that no file has.
var ErrNotFound = errors.New("no such file")

// maxSize is the most that one file may have: they travel through memory.
const maxSize = 16 << 20 // bytes

// retryAfter is when to try again with a storage that does not answer.
const retryAfter = 5 * time.Second

// File is what a name leads to.
type File struct {
	Type string // the media type, by the extension of its name
	Body []byte
}

// Store keeps files. Each verb ends within seconds and refuses with the
// Unavailable fault storage_unavailable when the storage is away, full or
// misconfigured; then nothing can be told about what was asked.
type Store interface {
	// Put writes the file and returns when it will outlast a crash. It replaces
	// a file of that name at once: nobody reads half of it.
	Put(ctx context.Context, name string, body []byte) error
	// Get returns the file, or ErrNotFound.
	Get(ctx context.Context, name string) (File, error)
	// Delete removes the file. One that is not there is no error.
	Delete(ctx context.Context, name string) error
}

// Config says where a store has its files.
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

// types are the kinds of files that we keep, by extension.
var types = map[string]string{".jpg": "image/jpeg", ".png": "image/png", ".txt": "text/plain; charset=utf-8"}

// Each part begins with a letter or digit: "..", hidden files and absolute
// paths are no names. The counts make it large, so that the start does not wait
// for it.
var namePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}(/[a-z0-9][a-z0-9._-]{0,99}){0,3}$`)
})

// check returns the type of files of that name. A name that is not of our own
// making is a mistake of the caller's, and no file.
func check(name string) (string, error) {
	kind, known := types[path.Ext(name)]
	if !known || !namePattern().MatchString(name) {
		return "", fmt.Errorf("blob: %q is no name of a file: %w", name, ErrNotFound)
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

// Probe writes, reads and deletes a file of that name, and returns what went
// wrong.
func Probe(ctx context.Context, s Store, name string) error {
	const text = "probe"
	if err := s.Put(ctx, name, []byte(text)); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	file, err := s.Get(ctx, name)
	if err == nil && string(file.Body) != text {
		err = errors.New("not what was written")
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
