package telemetry

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
)

const stackMax = 32 // frames; deeper ones are the server's own

// Panic is a panic that became an error, with where it was.
type Panic struct {
	Value any
	PCs   []uintptr
}

// Recovered returns the panic of that value. It is called in the deferred
// function that has recovered it.
func Recovered(value any) *Panic {
	pcs := make([]uintptr, 2*stackMax)
	return &Panic{value, pcs[:runtime.Callers(2, pcs)]}
}

// Error returns the panic's value as text.
func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Stack is the attribute of where the program is: innermost first, each
// frame as function and file:line. Called in a deferred function that has
// recovered, it begins where the panic was.
func Stack() slog.Attr {
	var pcs [2 * stackMax]uintptr
	found := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	var stack []string
	for {
		frame, more := found.Next()
		if frame.Function == "runtime.gopanic" {
			stack = nil // what came before is the recovering
		} else if frame.Function != "" && len(stack) < stackMax {
			dir, file := filepath.Split(frame.File)
			stack = append(stack, fmt.Sprintf("%s %s/%s:%d", frame.Function, filepath.Base(dir), file, frame.Line))
		}
		if !more {
			return slog.Any("stack", stack)
		}
	}
}
