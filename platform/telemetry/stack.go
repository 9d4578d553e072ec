package telemetry

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
)

const stackMax = 32 // frames; deeper ones are the server's own

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
