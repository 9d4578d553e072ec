//go:build !linux

package workers

// PerProcessor leaves one processor to everything else where threads have no
// priority of their own.
func PerProcessor() int { return max(1, Processors-1) }

func yieldToOthers() {}
