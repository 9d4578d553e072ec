package config

import (
	"net/url"
	"regexp"
	"strings"
)

// assetPrefix is what stands before the paths of static files: an origin,
// spelled as the CSP wants it, and perhaps a path.
type assetPrefix string

// Only what needs no escaping, in a page and in a header.
var assetPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*$`)

// UnmarshalText accepts an http or https origin with a path behind it.
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

// Origin returns the prefix without its path, empty when there is none.
func (p assetPrefix) Origin() string {
	scheme, rest, found := strings.Cut(string(p), "://")
	if !found {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// secure reports whether the files come by https.
func (p assetPrefix) secure() bool { return strings.HasPrefix(string(p), "https://") }
