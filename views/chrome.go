package views

import (
	"html/template"
	"strings"
	"unicode"

	"stoa/static"
)

// Chrome has the data of the request that every page needs. A page struct embeds it
// and adds the method Title. Pages for search engines also add Description, and
// pages with forms add Failed.
type Chrome struct {
	Theme      string // system, light or dark
	CSRF       string // masked differently in each response
	RequestID  string
	Query      string  // the query of the page, when the page needs it, for links back to it
	Path       string  // the path of the page, for aria-current and links back to it
	Origin     string  // the public URL of the site, without a path
	User       *Viewer // nil when signed out
	Unverified bool    // the email address of the user is not verified
	// EmailFailure says why the newest email to that address did not arrive: refused,
	// abandoned or "".
	EmailFailure string
	Flash        *Flash // one message, shown once
	Partial      bool   // this response is a fragment that htmx swaps
	Dev          bool   // development: shows links to pages that exist only there
}

// Viewer is the signed-in user as the shell shows them.
type Viewer struct {
	ID          string // tells app.js whether a page that it finds in the history is this user's
	Name, Email string
	Avatar      string // the URL of the picture; "" shows the initials
}

// Flash is a message about the result of the last action. It is shown above the page,
// or beside the button of a form.
type Flash struct {
	Tone Tone
	Text string
	At   string // the id of the element with the form; "" is above the page
}

// Tone colours a message or a status. The text beside it has the same meaning.
type Tone string

// The tones of the style sheet.
const (
	Neutral Tone = "neutral"
	OK      Tone = "ok"
	Info    Tone = "info"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
)

// Failed reports whether the page shows refused input, in which case the shell
// begins the title with "Error: ". Pages with forms shadow this method.
func (c Chrome) Failed() bool { return false }

// Mode returns the theme, or system when the theme is unknown: the value may come
// from a cookie, which clients can change.
func (c Chrome) Mode() string {
	if c.Theme == "light" || c.Theme == "dark" {
		return c.Theme
	}
	return "system"
}

// Saved returns the message for the button of the form in the element with this id, or
// "". template.HTML is safe here: the text is a constant, and escaped.
func (c Chrome) Saved(id string) template.HTML {
	if c.Flash == nil || c.Flash.At != id {
		return ""
	}
	return template.HTML(`<span class="saved">` + string(icon("check")) + template.HTMLEscapeString(c.Flash.Text) + `</span>`)
}

// URL returns the public URL of the page, without its query.
func (c Chrome) URL() string { return c.Origin + c.Path }

// ShareImage returns the public URL of the picture that other sites show with a link to
// a page. They may not know relative ones.
func (c Chrome) ShareImage() string { return c.Origin + static.URL("share.png") }

// AsksToVerify reports whether the page asks the user to verify their email address.
func (c Chrome) AsksToVerify() bool {
	return c.Unverified && (c.At("/dashboard") || c.At("/settings/email"))
}

// At reports whether the page has this path.
func (c Chrome) At(path string) bool { return c.Path == path }

// Within reports whether the page has this path or one below it.
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
