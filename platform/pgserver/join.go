//go:build unix

package pgserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Join returns how to reach the server that another process runs in dataDir.
// While that one is still starting, Join waits. It returns ErrNotRunning when
// there is none.
func Join(ctx context.Context, dataDir string) (*URLs, error) {
	place, err := placeOf(dataDir)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		locked, err := isLocked(place.lockFile())
		if err != nil {
			return nil, fmt.Errorf("look for a running PostgreSQL: %w", err)
		}
		if !locked {
			return nil, ErrNotRunning
		}
		// The one that starts removes an old file first, so what is there is
		// the running server's.
		if urls, err := place.published(); !errors.Is(err, os.ErrNotExist) {
			return urls, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the PostgreSQL that another process starts: %w", ctx.Err())
		}
	}
}

// publish says where the server answers: conn.json to our own processes,
// database.dsn to everybody else's.
func (p place) publish(urls URLs) error {
	content, err := json.Marshal(urls)
	if err != nil {
		return err
	}
	if err := writeFile(p.dsnFile(), []byte(urls.App)); err != nil {
		return err
	}
	return writeFile(p.connFile(), content)
}

// published reads what publish wrote; os.ErrNotExist while it has not.
func (p place) published() (*URLs, error) {
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

// retract takes back what publish said. The URL stays: it is the same when
// the server runs again.
func (p place) retract() error {
	err := os.Remove(p.connFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// writeFile writes a file that only its owner may read, whole or not at all.
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
