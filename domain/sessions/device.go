package sessions

import (
	"strings"
	"unicode"

	"github.com/mileusna/useragent"
)

// DeviceName returns a name for a User-Agent that its user recognises: "Firefox
// on Linux", "curl", "Unknown device". The name has at most 60 characters, all
// printable.
func DeviceName(userAgent string) string {
	if len(userAgent) > 512 {
		userAgent = userAgent[:512]
	}
	ua := useragent.Parse(userAgent)
	name := printable(ua.Name)
	if name == "" {
		return "Unknown device"
	}
	if system := printable(ua.OS); system != "" {
		return name + " on " + system
	}
	return name
}

func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, s)
	if runes := []rune(s); len(runes) > 28 {
		s = string(runes[:28])
	}
	return strings.TrimSpace(s)
}
