//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockTimeout is how long Start waits for a lock that is held: isLocked in
// another process holds it for an instant.
const lockTimeout = 200 * time.Millisecond

// takeLock acquires the lock of a DATA_DIR, which is held while the returned file
// is open. The kernel releases it when the process ends, even by SIGKILL; postgres
// does not inherit it. takeLock returns ErrRunning when another process has it.
func takeLock(ctx context.Context, path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, notWritable(path, err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		select {
		case <-time.After(5 * time.Millisecond):
			continue
		case <-ctx.Done():
			err = ErrRunning
		}
		break
	}
	file.Close()
	if errors.Is(err, ErrRunning) {
		return nil, err
	}
	return nil, fmt.Errorf("lock %s: %w (DATA_DIR must be on a file system with locks)", path, err)
}

// isLocked reports whether a process holds the lock.
func isLocked(path string) (bool, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
