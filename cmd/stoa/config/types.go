package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"stoa/platform/pg"
)

// errRefused is the error of the types below. The wants tag of the setting
// describes the accepted values, so that all refusals have the same sentence.
var errRefused = errors.New("refused")

// advice is a refusal that says what to change. It contains no secret.
type advice struct{ error }

type environment string

const (
	development environment = "development"
	production  environment = "production"
)

// UnmarshalText accepts development and production.
func (e *environment) UnmarshalText(text []byte) error {
	return oneOf(e, text, development, production)
}

// OnOff is a setting that is either On or Off.
type OnOff string

// The values of OnOff.
const (
	On  OnOff = "on"
	Off OnOff = "off"
)

// UnmarshalText accepts on and off.
func (o *OnOff) UnmarshalText(text []byte) error { return oneOf(o, text, On, Off) }

type logFormat string

const logPretty logFormat = "pretty"

// JSON is the LogFormat of one JSON object to a line.
const JSON logFormat = "json"

// UnmarshalText accepts pretty and json.
func (f *logFormat) UnmarshalText(text []byte) error { return oneOf(f, text, logPretty, JSON) }

func oneOf[T ~string](value *T, text []byte, allowed ...T) error {
	if !slices.Contains(allowed, T(text)) {
		return errRefused
	}
	*value = T(text)
	return nil
}

type logLevel slog.Level

// UnmarshalText accepts debug, info, warn and error. slog itself accepts more
// spellings.
func (l *logLevel) UnmarshalText(text []byte) error {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[string(text)]
	if !ok {
		return errRefused
	}
	*l = logLevel(level)
	return nil
}

type hostName string

// UnmarshalText accepts an IP address or a host name.
func (h *hostName) UnmarshalText(text []byte) error {
	if !isHost(string(text)) {
		return errRefused
	}
	*h = hostName(text)
	return nil
}

// A host with a last label of digits is refused: some programs read it
// as an IP address, others as a name.
var (
	hostPattern  = regexp.MustCompile(`^(?i:[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)(\.(?i:[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?))*$`)
	digitPattern = regexp.MustCompile(`(^|\.)[0-9]+$`)
)

func isHost(s string) bool {
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.Zone() == ""
	}
	return len(s) <= 253 && hostPattern.MatchString(s) && !digitPattern.MatchString(s)
}

// origin is scheme, host and optional port, spelled as in the Origin header of
// browsers: lower case, without the scheme's default port.
type origin string

// UnmarshalText accepts http and https origins.
func (o *origin) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || !bare(u, string(text)) || !isHost(u.Hostname()) || !validPort(u) {
		return errRefused
	}
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && port != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		host += ":" + port
	}
	*o = origin(u.Scheme + "://" + host)
	return nil
}

// bare reports whether u, written as text, has only an http or https scheme
// and a host. User, path, query and fragment are missing, not just empty.
func bare(u *url.URL, text string) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && u.Path == "" && u.Opaque == "" && !strings.ContainsAny(text, "?#@")
}

// validPort reports whether the port of u is missing or from 1 to 65535.
func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && n > 0
}

// loopback reports whether the host is this machine's loopback interface.
func (o origin) loopback() bool {
	u, err := url.Parse(string(o))
	if err != nil {
		return false
	}
	name := u.Hostname()
	ip := net.ParseIP(name)
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || ip != nil && ip.IsLoopback()
}

type origins []string

// UnmarshalText accepts origins separated by commas. Apps that show web pages have
// schemes of their own, such as capacitor://localhost.
func (o *origins) UnmarshalText(text []byte) error {
	for part := range strings.SplitSeq(string(text), ",") {
		one := strings.TrimSpace(part)
		var web origin
		switch {
		case web.UnmarshalText([]byte(one)) == nil:
			one = string(web)
		case !isAppOrigin(one):
			return errRefused
		}
		*o = append(*o, one)
	}
	return nil
}

// appOrigin is an origin of another scheme, spelled as in the Origin header.
var appOrigin = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://([a-z0-9._-]+)(:[0-9]{1,5})?$`)

func isAppOrigin(s string) bool {
	parts := appOrigin.FindStringSubmatch(s)
	return parts != nil && isHost(parts[1]) && !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "file://")
}

type prefixes []netip.Prefix

// UnmarshalText accepts networks separated by commas. It refuses networks of more
// than a /8 of IPv4 or a /7 of IPv6, which contain public clients: each of them
// could claim any address. It also refuses IPv4-mapped IPv6 networks: client IP
// addresses are unmapped before they are compared, so that such a network would
// match no client.
func (p *prefixes) UnmarshalText(text []byte) error {
	for part := range strings.SplitSeq(string(text), ",") {
		part = strings.TrimSpace(part)
		one, err := netip.ParsePrefix(part)
		switch addr, failure := netip.ParseAddr(part); {
		case err != nil && failure == nil:
			return advice{fmt.Errorf("write %s as the network %[1]s/%d", addr, addr.BitLen())}
		case err != nil:
			return errRefused
		case one.Addr().Is4In6():
			return advice{fmt.Errorf("write %s as a network of IPv4: client addresses are compared as such", one)}
		case one.Bits() < 7 || one.Addr().Is4() && one.Bits() < 8:
			return advice{fmt.Errorf("%s contains addresses of clients, which could then claim any address: name the networks of your proxies only", one)}
		}
		*p = append(*p, one.Masked())
	}
	return nil
}

const hidden = "[hidden]"

// secretURL is a URL with a password in it. Printing or logging it shows a
// placeholder; string(u) is the value.
type secretURL string

// UnmarshalText accepts what pg.CheckURL accepts.
func (u *secretURL) UnmarshalText(text []byte) error {
	if err := pg.CheckURL(string(text)); err != nil {
		return advice{err}
	}
	*u = secretURL(text)
	return nil
}

// String hides the value.
func (u secretURL) String() string { return hidden }

// GoString hides the value.
func (u secretURL) GoString() string { return hidden }

// MarshalText hides the value.
func (u secretURL) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// SecretKey is the bytes of SECRET_KEY. Printing or logging it shows a
// placeholder; []byte(k) is the value.
type SecretKey []byte

const secretKeyMin = 32 // bytes; HKDF gets 256 bits of input

// UnmarshalText accepts base64 in either alphabet, with or without padding.
func (k *SecretKey) UnmarshalText(text []byte) error {
	s := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(string(text), "="))
	key, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(key) < secretKeyMin {
		return errRefused
	}
	*k = key
	return nil
}

// String hides the value.
func (k SecretKey) String() string { return hidden }

// GoString hides the value.
func (k SecretKey) GoString() string { return hidden }

// MarshalText hides the value.
func (k SecretKey) MarshalText() ([]byte, error) { return []byte(hidden), nil }
