package accounts

import (
	"fmt"
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"

	"stoa/platform/fault"
	"stoa/platform/markdown"
	"stoa/platform/text"
)

const maxBio = 2000 // characters

// Bio is the text of a user about themselves, in Markdown, at most 2,000
// characters long.
type Bio string

// ParseBio returns the bio without control characters except tab and newline. This
// also turns the line ends of forms (\r\n) into \n. ParseBio returns an Invalid
// fault of the field bio for more than 2,000 characters (too_long), and for NUL
// or invalid UTF-8 (invalid_text).
func ParseBio(s string) (Bio, error) {
	if !text.Valid(s) {
		return "", fault.InvalidField("bio", "invalid_text", "Enter your bio as text.")
	}
	s = strings.Map(dropControl, s)
	if n := utf8.RuneCountInString(s); n > maxBio {
		return "", fault.InvalidField("bio", "too_long", fmt.Sprintf("Shorten your bio to 2,000 characters or fewer. It is %d too long.", n-maxBio))
	}
	return Bio(s), nil
}

func dropControl(r rune) rune {
	if unicode.IsControl(r) && r != '\t' && r != '\n' {
		return -1
	}
	return r
}

// HTML returns the bio as HTML for a page, or "" for a blank bio. HTML tags in the
// bio are shown as text, headings begin at h3, and links have the scheme http,
// https or mailto.
func (b Bio) HTML() template.HTML { return markdown.HTML(string(b)) }
