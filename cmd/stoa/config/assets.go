package config

import (
	"net/url"
	"regexp"
	"strings"
)

// assetPrefix is the URL prefix of static files: an origin, spelled as in the
// CSP header, and an optional path.
type assetPrefix string

// assetPath allows only characters that need no escaping in HTML or a header.
var assetPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*$`)

// UnmarshalText accepts an http or https origin, followed by an optional path.
func (p *assetPrefix) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || !assetPath.MatchString(u.Path) {
		return errRefused
	}
	var host origin
	if err := host.UnmarshalText([]byte(strings.TrimSuffix(string(text), u.Path))); err != nil {
		return err
	}
	*p = assetPrefix(string(host) + u.Path)
	return nil
}

// Origin returns the prefix without its path. It is empty without a prefix.
func (p assetPrefix) Origin() string {
	scheme, rest, found := strings.Cut(string(p), "://")
	if !found {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// secure reports whether the prefix is an https URL.
func (p assetPrefix) secure() bool { return strings.HasPrefix(string(p), "https://") }
