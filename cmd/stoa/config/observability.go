package config

import (
	"net/url"
	"strconv"
	"strings"
)

// secretText is a token or the secret of a key. Printing or logging it shows nothing; string(s) is
// the value.
type secretText string

// UnmarshalText accepts what can stand in a header.
func (s *secretText) UnmarshalText(text []byte) error {
	for _, b := range text {
		if b <= ' ' || b > '~' {
			return errRefused
		}
	}
	*s = secretText(text)
	return nil
}

// String hides the value.
func (secretText) String() string { return hidden }

// GoString hides the value.
func (secretText) GoString() string { return hidden }

// MarshalText hides the value.
func (secretText) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// sentryDSN is an address with a key in it, which printing does not show;
// string(d) is the value.
type sentryDSN string

// UnmarshalText accepts scheme, key, host and the number of a project.
func (d *sentryDSN) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || !web(u) || u.User.Username() == "" {
		return errRefused
	}
	if _, err := strconv.ParseUint(u.Path[strings.LastIndex(u.Path, "/")+1:], 10, 63); err != nil {
		return errRefused
	}
	*d = sentryDSN(text)
	return nil
}

// String hides the value.
func (sentryDSN) String() string { return hidden }

// GoString hides the value.
func (sentryDSN) GoString() string { return hidden }

// MarshalText hides the value.
func (sentryDSN) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// otlpEndpoint is the address of a collector, to which OTLP's own path of each
// signal is added.
type otlpEndpoint string

// UnmarshalText accepts addresses of the web without user and query.
func (o *otlpEndpoint) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || !web(u) || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errRefused
	}
	*o = otlpEndpoint(strings.TrimSuffix(string(text), "/"))
	return nil
}

func web(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && isHost(u.Hostname()) && portIsFine(u)
}
