package accounts

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"stoa/platform/fault"
)

const maxName = 100 // characters

// Name is what a person calls themselves: 1 to 100 characters in one line.
type Name string

// ParseName returns the name without control characters and surrounding white
// space. It refuses as an Invalid fault of the field name: nothing visible
// (required), more than 100 characters (too_long), NUL or invalid UTF-8
// (invalid_text).
func ParseName(s string) (Name, error) {
	if !validText(s) {
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

// validText reports whether PostgreSQL and JSON can hold s as text.
func validText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

// dropUnsafe drops the control characters, and what would reach beyond the
// name where it stands in somebody else's page, mail header or log line: line
// separators and the characters that turn the direction of all text behind
// them (Unicode TR 36, 2.10). Joiners stay: emoji and several scripts need
// them.
func dropUnsafe(r rune) rune {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029',
		r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
		return -1
	}
	return r
}

// visible reports whether r alone leaves ink. The three fillers count as
// letters and show nothing.
func visible(r rune) bool {
	blank := r == '\u115F' || r == '\u1160' || r == '\u3164' || r == '\uFFA0' || r == '\u2800'
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Mn, r) && !blank
}
