package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"
)

// Program runs f with a testing.TB that belongs to no test, so that a program such
// as the benchmark can use the rig. Afterwards it runs the cleanups, and returns all
// failures as one error.
func Program(ctx context.Context, f func(t testing.TB)) error {
	t := &programTB{ctx: ctx}
	done := make(chan struct{})
	go func() { // Fatal ends this goroutine
		defer close(done)
		defer func() {
			err := finish()
			t.failures = append(t.failures, err)
		}()
		f(t)
	}()
	<-done
	return errors.Join(t.failures...)
}

// programTB is a testing.TB with the methods that the rig uses.
type programTB struct {
	runTB
	ctx      context.Context
	failures []error
}

// Helper does nothing: failures have no line numbers.
func (*programTB) Helper() {}

// Context returns the context of the program.
func (t *programTB) Context() context.Context { return t.ctx }

// TempDir returns a new directory, which is removed at the end.
func (t *programTB) TempDir() string {
	dir, err := os.MkdirTemp(workplace(), "")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Error records a failure.
func (t *programTB) Error(args ...any) {
	t.failures = append(t.failures, errors.New(fmt.Sprint(args...)))
}

// Errorf records a failure.
func (t *programTB) Errorf(format string, args ...any) { t.Error(fmt.Sprintf(format, args...)) }

// Fatal records a failure and ends the program.
func (t *programTB) Fatal(args ...any) {
	t.Error(args...)
	runtime.Goexit()
}

// Fatalf records a failure and ends the program.
func (t *programTB) Fatalf(format string, args ...any) { t.Fatal(fmt.Sprintf(format, args...)) }
