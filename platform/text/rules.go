package text

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"stoa/platform/fault"
)

// Rule is the rule of a text field: by default one line with at least one visible
// character.
//
//	var title = text.Rule{Field: "title", Noun: "the title", Max: 200}
type Rule struct {
	Field    string // of the form and of the JSON
	Noun     string // in the messages: Enter your name
	Max      int    // characters
	Lines    bool   // several lines are allowed
	Optional bool   // may be empty
}

// Parse returns s without control characters, and one line also without invisible
// characters and surrounding white space. Text without a visible character is empty. Parse returns an Invalid fault of the field for an empty text that is
// not optional (required), more than Max characters (too_long), and NUL or invalid
// UTF-8 (invalid_text).
func (r Rule) Parse(s string) (string, error) {
	if !Valid(s) {
		return "", fault.InvalidField(r.Field, "invalid_text", "Enter "+r.Noun+" as text.")
	}
	if r.Lines {
		s = strings.Map(dropControl, s)
	} else {
		s = strings.TrimSpace(dropInvisible(strings.Map(dropControl, breaks.ReplaceAllString(s, " "))))
	}
	if !strings.ContainsFunc(s, visible) {
		s = ""
	}
	n := utf8.RuneCountInString(s)
	switch {
	case n == 0 && !r.Optional:
		return "", fault.InvalidField(r.Field, "required", "Enter "+r.Noun+".")
	case n > r.Max:
		return "", fault.InvalidField(r.Field, "too_long", fmt.Sprintf("Shorten %s to %s characters or fewer. It has %s.", r.Noun, grouped(r.Max), grouped(n)))
	}
	return s, nil
}

// ParseAll applies the rule to each text of a list, as Parse does. The fault names
// the refused ones as tags[2]; it names the list itself (too_many) when it has more
// than most texts.
func (r Rule) ParseAll(list []string, most int) ([]string, error) {
	if len(list) > most {
		return nil, fault.InvalidField(r.Field, "too_many", fmt.Sprintf("Enter at most %d. There are %d.", most, len(list)))
	}
	parsed, errs := make([]string, len(list)), make([]error, len(list))
	for i, s := range list {
		one := r
		one.Field = r.Field + "[" + strconv.Itoa(i) + "]"
		parsed[i], errs[i] = one.Parse(s)
	}
	return parsed, fault.Join(errs...)
}

const maxURL = 2048 // characters

// ParseURL returns s without surrounding white space if it is the URL of a web page
// that is safe in a link. It returns an Invalid fault of the field for an empty text
// (required), more than 2,048 characters (too_long), and other text (invalid_url),
// also for a URL with a user name: https://bank.example@evil.example leads to
// evil.example.
func ParseURL(field, s string) (string, error) {
	s, err := Rule{Field: field, Noun: "the URL", Max: maxURL}.Parse(s)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsFunc(s, notInURL) {
		return "", fault.InvalidField(field, "invalid_url", "Enter the URL of a web page, like https://example.com/page.")
	}
	return s, nil
}

func notInURL(r rune) bool { return unicode.IsSpace(r) || r == '\\' }

// OneOf returns the allowed value that s is. It returns an Invalid fault of the
// field (invalid_choice) for other text, and required for an empty one.
func OneOf[T ~string](field, s string, allowed ...T) (T, error) {
	names := make([]string, len(allowed))
	for i, value := range allowed {
		if s == string(value) {
			return value, nil
		}
		names[i] = string(value)
	}
	code := "invalid_choice"
	if s == "" {
		code = "required"
	}
	return "", fault.InvalidField(field, code, "Choose one of these: "+strings.Join(names, ", ")+".")
}

// InRange returns an Invalid fault of the field (out_of_range) for a number below low or
// above high.
func InRange[N int | float64](field string, n, low, high N) error {
	if n >= low && n <= high {
		return nil
	}
	return fault.InvalidField(field, "out_of_range", fmt.Sprintf("Enter a number from %v to %v.", low, high))
}

// grouped returns a number with commas between thousands.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// breaks matches tabs and ends of lines with the spaces around them. In one line they
// are a space, so that words stay apart.
var breaks = regexp.MustCompile(` *[\t\n\v\f\r\x{85}\x{2028}\x{2029}]+ *`)

func dropControl(r rune) rune {
	if unicode.IsControl(r) && r != '\t' && r != '\n' {
		return -1
	}
	return r
}

// visible reports whether r alone shows something. A blank of Braille shows nothing,
// although Unicode classifies it as a symbol.
func visible(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Mn, r) && !Invisible(r) && r != '\u2800'
}
