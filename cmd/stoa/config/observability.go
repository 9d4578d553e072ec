package config

import (
	"net/url"
	"strconv"
	"strings"
)

// secretText is a token or the secret of a key. Printing or logging it shows a
// placeholder; string(s) is the value.
type secretText string

// UnmarshalText accepts the visible ASCII characters, which a header can hold.
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

// sentryDSN is a URL with a key in it. Printing or logging it shows a
// placeholder; string(d) is the value.
type sentryDSN string

// UnmarshalText accepts a URL with scheme, key, host and a project number.
func (d *sentryDSN) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || !isWeb(u) || u.User.Username() == "" {
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

// otlpEndpoint is the URL of a collector. The exporter appends the path of each
// signal, as OTLP defines it.
type otlpEndpoint string

// UnmarshalText accepts http and https URLs without user, query and fragment.
func (o *otlpEndpoint) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || !isWeb(u) || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errRefused
	}
	*o = otlpEndpoint(strings.TrimSuffix(string(text), "/"))
	return nil
}

func isWeb(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && isHost(u.Hostname()) && validPort(u)
}
