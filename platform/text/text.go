// Package text checks text and numbers from outside before they are stored.
package text

import (
	"strings"
	"unicode/utf8"
)

// Valid reports whether PostgreSQL and JSON can hold s as text: valid UTF-8
// without NUL.
func Valid(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
