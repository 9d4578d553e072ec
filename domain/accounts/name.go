package accounts

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"stoa/platform/fault"
	"stoa/platform/text"
)

const maxName = 100 // characters

// Name is the name of a user: 1 to 100 characters in one line.
type Name string

// ParseName returns the name without control characters and surrounding white
// space. It returns an Invalid fault of the field name for a name without a
// visible character (required), more than 100 characters (too_long), and NUL or
// invalid UTF-8 (invalid_text).
func ParseName(s string) (Name, error) {
	if !text.Valid(s) {
		return "", fault.InvalidField("name", "invalid_text", "Enter your name as text.")
	}
	s = strings.TrimSpace(strings.Map(dropUnsafe, s))
	switch n := utf8.RuneCountInString(s); {
	case !strings.ContainsFunc(s, visible):
		return "", fault.InvalidField("name", "required", "Enter your name.")
	case n > maxName:
		return "", fault.InvalidField("name", "too_long", fmt.Sprintf("Shorten your name to %d characters or fewer. It has %d.", maxName, n))
	}
	return Name(s), nil
}

// dropUnsafe drops control characters and characters that affect the text around
// the name in a page, an email header or a log line: line separators, and the
// characters that change the direction of the text behind them (Unicode TR 36,
// 2.10). It keeps joiners: emoji and several scripts need them.
func dropUnsafe(r rune) rune {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029',
		r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
		return -1
	}
	return r
}

// visible reports whether r alone shows something. The fillers of blank show
// nothing, although Unicode classifies them as letters or symbols.
func visible(r rune) bool {
	blank := r == '\u115F' || r == '\u1160' || r == '\u3164' || r == '\uFFA0' || r == '\u2800'
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Mn, r) && !blank
}
