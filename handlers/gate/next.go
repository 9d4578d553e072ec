package gate

import (
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxNext = 2048 // bytes

// LocalPath returns next, the place to go to after signing in, if it is a path
// and query on this host, else "": the caller then has a place of its own.
// Refused are also the pages that make no sense after signing in.
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
// next comes from anybody who can write a link (ASVS 3.7.2). Refused is what a
// browser could read as another host, or as another path than we do: more than
// printable ASCII, which the links we write never have; backslashes, which
// browsers read as slashes; two slashes and dot segments, both also where they
// show up only after decoding. The fragment goes: browsers never send one, so
// somebody has written it.
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

// notInURL tells the bytes that a URL has only percent-encoded, and the
// backslash.
func notInURL(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }

// isPlain reports whether a decoded path is one and the same to everybody who
// reads it.
func isPlain(p string) bool {
	clean := path.Clean(p)
	return (p == clean || p == clean+"/") && !strings.HasPrefix(p, "//") && utf8.ValidString(p) &&
		!strings.ContainsFunc(p, func(r rune) bool { return unicode.IsControl(r) || r == '\\' })
}

// isAuthPage reports whether the path is one that leads in or out, as the router
// reads it: in any case, with or without a slash behind.
func isAuthPage(p string) bool {
	switch strings.ToLower(strings.TrimRight(p, "/")) {
	case "/login", "/logout", "/register":
		return true
	}
	return false
}
