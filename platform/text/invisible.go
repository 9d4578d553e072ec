package text

import (
	"strings"
	"unicode"
)

const (
	zeroWidthNonJoiner      = '\u200C'
	zeroWidthJoiner         = '\u200D'
	mongolianVowelSeparator = '\u180E'
	blackFlag               = '\U0001F3F4'
)

// Invisible reports whether r shows nothing by itself: format characters, such as a
// zero width space and the marks of a direction, variation selectors and fillers
// (Unicode 5.21, Default_Ignorable_Code_Point). They are copied with a text from pages
// and documents.
func Invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) &&
		!unicode.In(r, unicode.Prepended_Concatenation_Mark, unicode.Egyptian_Hieroglyphs)
}

// dropInvisible returns s without the invisible characters, except those that change
// how the characters beside them look: joiners in scripts and emoji, variation
// selectors, and the letters of a flag.
func dropInvisible(s string) string {
	if !strings.ContainsFunc(s, Invisible) {
		return s
	}
	var kept strings.Builder
	var base, last rune // the last kept character that is visible by itself, and the last one
	letters := []rune(s)
	for i, r := range letters {
		next := rune(0)
		if i+1 < len(letters) {
			next = letters[i+1]
		}
		if Invisible(r) && !shapes(r, base, last, next) {
			continue
		}
		if last = r; !Invisible(r) && !unicode.IsMark(r) {
			base = r
		}
		kept.WriteRune(r)
	}
	return kept.String()
}

// shapes reports whether the invisible character changes how its neighbours look.
func shapes(r, base, last, next rune) bool {
	if base == 0 || unicode.IsSpace(last) {
		return false
	}
	switch {
	case r >= '\U000E0020' && r <= '\U000E007F':
		return base == blackFlag // England, Scotland, Wales (UTS 51, annex C)
	case unicode.Is(unicode.Variation_Selector, r):
		return !Invisible(last) && !alphabetic(base)
	case r == zeroWidthJoiner, r == zeroWidthNonJoiner, r == mongolianVowelSeparator:
		return joins(r, base, last, next)
	}
	return false
}

// joins reports whether a joiner connects or separates letters of a script, or
// connects two emoji.
func joins(r, base, last, next rune) bool {
	if last == zeroWidthJoiner || last == zeroWidthNonJoiner {
		return false
	}
	if unicode.IsLetter(base) {
		return !alphabetic(base)
	}
	return r == zeroWidthJoiner && emoji(base) && emoji(next)
}

// alphabetic reports whether r is a letter of a script without joiners and variants.
func alphabetic(r rune) bool { return unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) }

// emoji reports whether r can be a part of an emoji, such as a person or a skin tone.
func emoji(r rune) bool { return unicode.In(r, unicode.So, unicode.Sm, unicode.Sk) }
