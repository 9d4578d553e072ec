// Package emailaddr parses email addresses.
package emailaddr

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/idna"

	"stoa/platform/fault"
	"stoa/platform/text"
)

const (
	maxLength = 254 // RFC 5321, 4.5.3.1.3, without the angle brackets
	maxLocal  = 64  // RFC 5321, 4.5.3.1.1
)

// Address is the email address of one mailbox. Only Parse makes one; the zero
// value is no address.
type Address struct {
	address string
}

// dotAtom is the local part of RFC 5322, 3.2.3, without the quoted form: a
// space, comma, quote or line break could add a second recipient. It is ASCII
// only, so that two Unicode spellings cannot name one mailbox.
var dotAtom = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")

// domains turns every spelling of a domain that resolves to one host (full
// width, NFD, upper case, Unicode or punycode) into one A-label, as browsers
// and mail servers do (UTS 46, non-transitional).
var domains = idna.New(
	idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(),
	idna.StrictDomainName(true), idna.ValidateLabels(true), idna.VerifyDNSLength(true),
	idna.CheckHyphens(false), // r3---sn.example has hyphens where xn-- has them, and exists
)

// Parse returns the address s without surrounding white space and invisible
// characters, which are copied with it from pages and documents. It returns an
// Invalid fault of the field email for an empty string (required), more than 254
// characters (too_long), and text that is not the address of one mailbox at a
// domain name (invalid_email), with a sentence that says what to correct.
func Parse(s string) (Address, error) {
	s = strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || text.Invisible(r) })
	if s == "" {
		return Address{}, fault.InvalidField("email", "required", "Enter your email address.")
	}
	// Mapping the domain takes time, and no address of this length is valid.
	if len(s) > 4*maxLength {
		return Address{}, tooLong()
	}
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > maxLocal || !text.Valid(s) || !dotAtom.MatchString(s[:at]) {
		return Address{}, invalid(s)
	}
	domain, ok := parseDomain(s[at+1:])
	if !ok {
		return Address{}, invalid(s)
	}
	if at+1+len(domain) > maxLength {
		return Address{}, tooLong()
	}
	return Address{s[:at+1] + domain}, nil
}

// parseDomain returns the domain as typed if it is ASCII, else as A-label. It
// returns false for text that is not a domain name.
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

// isName reports whether an A-label has a dot, no hyphen at the ends of its labels
// and ends in a top-level domain.
// Every top-level domain begins with a letter, so isName returns false for an IP
// address in every notation (WHATWG URL, "ends in a number").
func isName(label string) bool {
	dot := strings.LastIndexByte(label, '.')
	return dot > 0 && !strings.Contains("."+label, ".-") && !strings.Contains(label+".", "-.") && dot+1 < len(label) && label[dot+1] >= 'a' && label[dot+1] <= 'z'
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
}

// String returns the address to send email to: as typed, with a domain that is
// not ASCII as A-label. The result is ASCII.
func (a Address) String() string { return a.address }

// Key returns a string that is the same for every spelling of the address. A mail
// server may distinguish upper and lower case in the local part. No common server
// does, and a second account for one mailbox would be the greater problem.
func (a Address) Key() string { return strings.ToLower(a.address) }

func tooLong() error {
	return fault.InvalidField("email", "too_long", "Enter an email address of at most 254 characters.")
}

// Mailbox is Key without a tag such as the +news of "ada+news@example.com", with which
// many servers deliver to one mailbox (RFC 5233). Count the emails to a mailbox by it;
// accounts differ by Key.
func (a Address) Mailbox() string {
	key := a.Key()
	at := strings.LastIndexByte(key, '@')
	if at < 0 {
		return key
	}
	if tag := strings.IndexByte(key[:at], '+'); tag > 0 {
		return key[:tag] + key[at:]
	}
	return key
}
