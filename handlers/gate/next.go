package gate

import (
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxNext = 2048 // bytes

// LocalPath returns next, the page to open after sign-in, if it is a path and
// query on this host, else "". It also refuses the pages for sign-in, sign-out
// and registration.
func LocalPath(next string) string {
	next = OwnPath(next)
	raw, _, _ := strings.Cut(next, "?")
	if decoded, err := url.PathUnescape(raw); err != nil || isAuthPage(decoded) {
		return ""
	}
	return next
}

// OwnPath returns next if it is a path and query on this host, else "".
//
// An attacker can choose next by a link (ASVS 3.7.2). OwnPath refuses values
// that a browser could interpret as another host, or as a path other than ours:
// characters other than printable ASCII, which our links never contain;
// backslashes, which browsers treat as slashes; two slashes at the start and
// dot segments, before and after decoding. It removes the fragment, which
// browsers never send.
func OwnPath(next string) string {
	if len(next) > maxNext || !strings.HasPrefix(next, "/") || strings.ContainsFunc(next, notInURL) {
		return ""
	}
	next, _, _ = strings.Cut(next, "#")
	raw, _, _ := strings.Cut(next, "?")
	decoded, err := url.PathUnescape(raw)
	if err != nil || !isPlain(decoded) {
		return ""
	}
	return next
}

// notInURL reports whether a URL must percent-encode the character, or whether
// it is a backslash.
func notInURL(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }

// isPlain reports whether every program interprets the decoded path in the same
// way.
func isPlain(p string) bool {
	clean := path.Clean(p)
	return (p == clean || p == clean+"/") && !strings.HasPrefix(p, "//") && utf8.ValidString(p) &&
		!strings.ContainsFunc(p, func(r rune) bool { return unicode.IsControl(r) || r == '\\' })
}

// isAuthPage reports whether the path is a page for sign-in, sign-out or
// registration. It ignores case and trailing slashes.
func isAuthPage(p string) bool {
	switch strings.ToLower(strings.TrimRight(p, "/")) {
	case "/login", "/logout", "/register":
		return true
	}
	return false
}
