//go:build !linux

package workers

import "runtime"

// PerProcessor leaves one processor to everything else where threads have no
// priority of their own.
func PerProcessor() int { return max(1, runtime.NumCPU()-1) }

func yieldToOthers() {}
