//go:build !linux

package secret

import "runtime"

// workers leaves one processor to everything else where threads have no
// priority of their own.
func workers() int { return max(1, runtime.NumCPU()-1) }

func yieldToOthers() {}
