package accounts

import (
	"fmt"
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"

	"stoa/platform/fault"
)

const maxBio = 2000 // characters

// Bio is what a person says about themselves, in Markdown: at most 2,000
// characters.
type Bio string

// ParseBio returns the bio without control characters other than tab and
// newline: the line ends that forms send (\r\n) become \n so. It refuses as an Invalid fault of the field bio:
// more than 2,000 characters (too_long), NUL or invalid UTF-8 (invalid_text).
func ParseBio(s string) (Bio, error) {
	if !validText(s) {
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

// HTML returns the bio to put into a page, or "" for an empty one. Typed HTML
// stands there as text, headings begin at h3, and a link is one of http, https
// or mailto.
func (b Bio) HTML() template.HTML {
	if strings.TrimSpace(string(b)) == "" {
		return ""
	}
	return markdown().render(string(b))
}
