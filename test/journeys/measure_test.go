package journeys

import (
	"encoding/hex"
	"slices"
	"strings"
)

// sorted joins words in order.
func sorted(words []string) string {
	slices.Sort(words)
	return strings.Join(words, " ")
}

func hexed(s string) string { return hex.EncodeToString([]byte(s)) }
