package telemetry

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
)

const stackMax = 32 // frames; deeper ones belong to the HTTP server

// Panic is a recovered panic as an error, with its stack.
type Panic struct {
	Value any
	PCs   []uintptr
}

// Recovered returns the panic of that value. The deferred function that has
// recovered it must call Recovered.
func Recovered(value any) *Panic {
	pcs := make([]uintptr, 2*stackMax)
	return &Panic{value, pcs[:runtime.Callers(2, pcs)]}
}

// Error returns the value of the panic as text.
func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Stack returns the attribute of the current stack: innermost frame first, each as
// function and file:line. In a deferred function that has recovered, the stack
// begins where the panic was.
func Stack() slog.Attr {
	var pcs [2 * stackMax]uintptr
	found := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	var stack []string
	for {
		frame, more := found.Next()
		if frame.Function == "runtime.gopanic" {
			stack = nil // the frames before it are those of the recovery
		} else if frame.Function != "" && len(stack) < stackMax {
			dir, file := filepath.Split(frame.File)
			stack = append(stack, fmt.Sprintf("%s %s/%s:%d", frame.Function, filepath.Base(dir), file, frame.Line))
		}
		if !more {
			return slog.Any("stack", stack)
		}
	}
}
