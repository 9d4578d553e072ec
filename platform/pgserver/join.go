//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json/v1"
)

// Join returns the URLs of the server that another process runs in dataDir. It
// waits while that server starts, and returns ErrNotRunning when there is none.
func Join(ctx context.Context, dataDir string) (*URLs, error) {
	paths, err := pathsOf(dataDir)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		locked, err := isLocked(paths.lockFile())
		if err != nil {
			return nil, fmt.Errorf("look for a running PostgreSQL: %w", err)
		}
		if !locked {
			return nil, ErrNotRunning
		}
		// Start removes an old file first, so an existing file is the running
		// server's.
		if urls, err := paths.published(); !errors.Is(err, os.ErrNotExist) {
			return urls, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the PostgreSQL that another process starts: %w", ctx.Err())
		}
	}
}

// publish writes the server's URLs: conn.json for processes of this program,
// database.dsn for other programs.
func (p paths) publish(urls URLs) error {
	content, err := json.Marshal(urls)
	if err != nil {
		return err
	}
	if err := writeFile(p.dsnFile(), []byte(urls.App)); err != nil {
		return err
	}
	return writeFile(p.connFile(), content)
}

// published returns the URLs that publish wrote, or os.ErrNotExist before that.
func (p paths) published() (*URLs, error) {
	content, err := os.ReadFile(p.connFile())
	if err != nil {
		return nil, err
	}
	urls := &URLs{}
	if err := json.Unmarshal(content, urls); err != nil {
		return nil, fmt.Errorf("%s: %w", p.connFile(), err)
	}
	return urls, nil
}

// unpublish removes conn.json. It keeps database.dsn: the URL is the same when the
// server runs again.
func (p paths) unpublish() error {
	err := os.Remove(p.connFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// writeFile writes a file that only its owner may read, atomically.
func writeFile(path string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return notWritable(path, err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	if err := errors.Join(err, temp.Close()); err != nil {
		return notWritable(path, err)
	}
	return os.Rename(temp.Name(), path)
}
