package views

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// Address returns an email address as users read and type it, with its domain in
// Unicode. A domain that browsers do not show in Unicode stays as it is: one that is
// invalid (UTS 46), or that mixes Latin letters with those of another alphabet, which
// look the same.
func Address(email string) string {
	at := strings.LastIndexByte(email, '@')
	if at < 0 || !strings.Contains(strings.ToLower(email[at:]), "xn--") {
		return email
	}
	domain, err := idna.Display.ToUnicode(email[at+1:])
	if err != nil {
		return email
	}
	for label := range strings.SplitSeq(domain, ".") {
		if mixesAlphabets(label) {
			return email
		}
	}
	return email[:at+1] + domain
}

// mixesAlphabets reports whether the label has Latin letters and others. Chinese,
// Japanese and Korean are written with Latin letters too.
func mixesAlphabets(label string) bool {
	latin, other := false, false
	for _, r := range label {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin = true
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo):
		default:
			other = other || unicode.IsLetter(r)
		}
	}
	return latin && other
}
