package accounts

import (
	"regexp"
	"strings"

	"golang.org/x/net/idna"

	"stoa/platform/fault"
)

const (
	maxEmail = 254 // RFC 5321, 4.5.3.1.3, without the angle brackets
	maxLocal = 64  // RFC 5321, 4.5.3.1.1
)

// Email is the address of one mailbox.
type Email struct {
	address string
}

// dotAtom is the local part of RFC 5322, 3.2.3, without the quoted form: no
// space, comma, quote or line break can make a second recipient of it. ASCII
// alone, so that no two spellings of Unicode name one mailbox.
var dotAtom = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")

// domains turns every spelling of a domain that resolves to one host (full
// width, NFD, upper case, Unicode or punycode) into one A-label, as browsers
// and mail servers do (UTS 46, non-transitional).
var domains = idna.New(
	idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(),
	idna.StrictDomainName(true), idna.ValidateLabels(true), idna.VerifyDNSLength(true),
)

// ParseEmail returns the address s without surrounding white space. It refuses
// as an Invalid fault of the field email: nothing (required), more than 254
// characters (too_long), and what is not the address of one mailbox at a
// domain name (invalid_email).
func ParseEmail(s string) (Email, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Email{}, fault.InvalidField("email", "required", "Enter your email address.")
	}
	// Nothing that long fits, so nothing that long is worth mapping.
	if len(s) > 4*maxEmail {
		return Email{}, emailTooLong()
	}
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > maxLocal || !dotAtom.MatchString(s[:at]) || !validText(s) {
		return Email{}, emailInvalid()
	}
	domain, ok := parseDomain(s[at+1:])
	if !ok {
		return Email{}, emailInvalid()
	}
	if at+1+len(domain) > maxEmail {
		return Email{}, emailTooLong()
	}
	return Email{s[:at+1] + domain}, nil
}

// parseDomain returns the domain as typed if it is ASCII, else as A-label.
func parseDomain(s string) (string, bool) {
	label, err := domains.ToASCII(s)
	if err != nil || !isName(label) {
		return "", false
	}
	if strings.EqualFold(s, label) && isASCII(s) {
		return s, true
	}
	return label, true
}

// isName reports whether an A-label has a dot and ends in a top-level domain.
// All of these begin with a letter, and so no IP address in any of its
// notations passes (WHATWG URL, "ends in a number").
func isName(label string) bool {
	dot := strings.LastIndexByte(label, '.')
	return dot > 0 && dot+1 < len(label) && label[dot+1] >= 'a' && label[dot+1] <= 'z'
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
}

// String returns the address to write to: as typed, with a domain that is not
// ASCII as A-label. It is ASCII.
func (e Email) String() string { return e.address }

// Key returns what is the same for every spelling of the address. Mail servers
// may tell upper from lower case in the local part; none that matters does, and
// a second account for one mailbox is worse.
func (e Email) Key() string { return strings.ToLower(e.address) }

// local returns the part of an address before the @.
func local(address string) string {
	before, _, _ := strings.Cut(address, "@")
	return before
}

func emailTooLong() error {
	return fault.InvalidField("email", "too_long", "Enter an email address of at most 254 characters.")
}

func emailInvalid() error {
	return fault.InvalidField("email", "invalid_email", "Enter an email address, like name@example.com.")
}
