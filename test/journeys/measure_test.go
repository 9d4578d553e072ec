package journeys

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// sorted joins words in order.
func sorted(words []string) string {
	slices.Sort(words)
	return strings.Join(words, " ")
}

func hexed(s string) string { return hex.EncodeToString([]byte(s)) }
