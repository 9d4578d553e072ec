package views

import (
	"strings"
	"unicode"
)

// Chrome is what every page knows about its request. A page struct embeds it
// and adds a method Title (and Description, when search engines may read the
// page); form pages add Failed.
type Chrome struct {
	Theme      string // system, light or dark
	CSRF       string // masked anew for each answer
	RequestID  string
	Query      string  // behind the path on the way back: of a page that is nothing without it
	Path       string  // the path of the page, for aria-current and for the way back
	User       *Viewer // nil when signed out
	Unverified bool    // the person's address is not known to be theirs
	Flash      *Flash  // one message, shown once
	Partial    bool    // this answer is a fragment, for htmx to swap
	Dev        bool    // development: links to pages that exist there alone
}

// Viewer is the signed-in person, as far as the shell shows them.
type Viewer struct {
	Name, Email string
	Avatar      string // where their picture is; "" shows their initials
}

// Flash is one message about what just happened.
type Flash struct {
	Tone Tone
	Text string
}

// Tone colours a message or a status; the word beside it always says the same.
type Tone string

// The tones that the style sheet knows.
const (
	Neutral Tone = "neutral"
	OK      Tone = "ok"
	Info    Tone = "info"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
)

// Failed reports whether the page shows refused input. Form pages shadow it;
// the shell then begins the title with "Error: ".
func (c Chrome) Failed() bool { return false }

// Mode returns the theme, system unless it is one of the other two: the value
// may come from a cookie that anybody can write.
func (c Chrome) Mode() string {
	if c.Theme == "light" || c.Theme == "dark" {
		return c.Theme
	}
	return "system"
}

// At reports whether the page is this path.
func (c Chrome) At(path string) bool { return c.Path == path }

// Within reports whether the page lies under this path.
func (c Chrome) Within(path string) bool {
	return c.Path == path || strings.HasPrefix(c.Path, path+"/")
}

// Initials returns one or two letters for the avatar, and "?" for a name
// without letters or digits.
func (v Viewer) Initials() string {
	var first, last rune
	for word := range strings.FieldsSeq(v.Name) {
		for _, r := range word {
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				continue
			}
			if first == 0 {
				first = r
			} else {
				last = r
			}
			break
		}
	}
	switch {
	case first == 0:
		return "?"
	case last == 0:
		return string(unicode.ToUpper(first))
	}
	return string([]rune{unicode.ToUpper(first), unicode.ToUpper(last)})
}
