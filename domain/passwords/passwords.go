package accounts

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"stoa/platform/fault"
)

// maxPassword is the longest password in characters: room for any phrase, and
// a bound on what a stranger can make us work on (ASVS 6.2.9).
const maxPassword = 128

// PasswordRules are the rules for a new password (ASVS 6.2, NIST SP 800-63B-4,
// 3.1.1.2): long, not easily guessed, and nothing about its composition.
type PasswordRules struct {
	MinLength int    // characters; 8 to 64
	Blocklist bool   // refuse what is guessed first
	Product   string // its name is guessed first, too
}

// Check returns nil for a password that the person with this address may
// choose. The address may be zero. It refuses as an Invalid fault of the field
// password: nothing (required), too_short, too_long, NUL or invalid UTF-8
// (invalid_text), and with the Blocklist, in upper or lower case alike, the
// product's name (product_name), the person's address or the part before its @
// (own_address) and common passwords, rows of keys and repetitions
// (too_common), each also when padded with digits or repeated.
func (r PasswordRules) Check(password string, email Email) error {
	if err := r.checkLength(password); err != nil || !r.Blocklist {
		return err
	}
	folded := strings.ToLower(password)
	switch {
	case guessable(folded, same(strings.ToLower(r.Product))):
		return refusePassword("product_name", "Choose a password without the name of this site. Several unrelated words make a good one.")
	case guessable(folded, same(email.Key(), local(email.Key()))), isAddress(password, email):
		return refusePassword("own_address", "Choose a password that is not your email address. Several unrelated words make a good one.")
	case guessable(folded, common):
		return refusePassword("too_common", "This password is easily guessed. Choose another: several unrelated words make a good one.")
	}
	return nil
}

func (r PasswordRules) checkLength(password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case password == "":
		return refusePassword("required", fmt.Sprintf("Choose a password of at least %d characters.", r.MinLength))
	case n > maxPassword:
		return refusePassword("too_long", fmt.Sprintf("Shorten your password to %d characters or fewer.", maxPassword))
	case !validText(password):
		return refusePassword("invalid_text", "Enter your password as text.")
	case n < r.MinLength:
		return refusePassword("too_short", fmt.Sprintf("Lengthen your password to at least %d characters.", r.MinLength))
	}
	return nil
}

// same knows the words, in lower case, if they are long enough to be
// recognised in a password.
func same(words ...string) func(string) bool {
	return func(s string) bool { return len(s) >= 3 && slices.Contains(words, s) }
}

// isAddress reports whether the password is the address in another spelling,
// such as its domain in Unicode.
func isAddress(password string, email Email) bool {
	typed, err := ParseEmail(password)
	return err == nil && typed.Key() == email.Key()
}

func refusePassword(code, message string) error {
	return fault.InvalidField("password", code, message)
}
