//go:build !linux

package workers

import "time"

// PerProcessor returns the number of workers, one less than the processors: on these
// systems threads have no priority of their own.
func PerProcessor() int { return max(1, Processors-1) }

func lowerPriority() (used func() time.Duration) { return nil }
