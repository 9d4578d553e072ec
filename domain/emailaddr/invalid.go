package emailaddr

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"stoa/platform/fault"
	"stoa/platform/text"
)

// pasted are the texts that are pasted with an address, and what to do about them.
// Parse does not remove them: "a@example.co," may be a mistyped "a@example.com".
var pasted = []struct {
	found    *regexp.Regexp
	sentence string
}{
	{regexp.MustCompile(`(?i)^mailto:`), `Leave out "mailto:" and enter only the email address, like name@example.com.`},
	{regexp.MustCompile(`(?s)@.*[,;\s].*@`), "Enter only one email address."},
	{regexp.MustCompile(`[<>()]`), "Enter only the email address, like name@example.com, without a name and brackets."},
	{regexp.MustCompile(`["“”„«»]|^['‘’].*['‘’]$`), "Enter the email address without quotation marks."},
	{regexp.MustCompile(`(?s)[\s\pZ].*@|@.*[\s\pZ]`), "Enter only the email address, without spaces."},
}

// lastMark matches a punctuation mark at the end. That of an IP address is none.
var lastMark = regexp.MustCompile(`@[^\[]+([.,;:!?'’\]}])$`)

// invalid returns the fault for text that is not an email address.
func invalid(s string) error {
	return fault.InvalidField("email", "invalid_email", correction(s))
}

func correction(s string) string {
	const general = "Enter an email address, like name@example.com."
	if !text.Valid(s) {
		return general
	}
	for _, p := range pasted {
		if p.found.MatchString(s) {
			return p.sentence
		}
	}
	if i := strings.IndexFunc(s, text.Invisible); i >= 0 {
		r, _ := utf8.DecodeRuneInString(s[i:])
		return fmt.Sprintf("The email address has an invisible character (%U). Type the address instead of pasting it.", r)
	}
	if mark := lastMark.FindStringSubmatch(s); mark != nil {
		return "Remove the " + mark[1] + " at the end of the email address."
	}
	if local, _, ok := strings.Cut(s, "@"); ok && !isASCII(local) {
		return "Letters before the @ must be from a to z, without accents. Enter another email address of yours."
	}
	return general
}
