// Package passwords has the rules for passwords.
package passwords

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"stoa/domain/emailaddr"
	"stoa/platform/fault"
	"stoa/platform/text"
)

// MaxLength is the longest password in characters. It leaves space for any phrase
// and bounds the work that an anonymous client can cause (ASVS 6.2.9).
const MaxLength = 128

// Rules are the rules for a new password (ASVS 6.2, NIST SP 800-63B-4, 3.1.1.2):
// a minimum length and no common passwords, but no rules about composition.
type Rules struct {
	MinLength int    // characters; 8 to 64
	Blocklist bool   // refuse the passwords that attackers try first
	Product   string // attackers try its name early, too
}

// Check returns nil when the user with this address may choose the password. The
// address may be zero. Check returns an Invalid fault of the field password for
// an empty password (required), one that is too short (too_short) or too long
// (too_long), and one with NUL or invalid UTF-8 (invalid_text). With the
// Blocklist it ignores case and also refuses the product's name (product_name),
// the user's address or the part before its @ (own_address), and common
// passwords, rows of keys and repetitions (too_common). Each of these is refused
// when padded with digits or repeated, too.
func (r Rules) Check(password string, email emailaddr.Address) error {
	if err := r.checkLength(password); err != nil || !r.Blocklist {
		return err
	}
	folded := strings.ToLower(password)
	local, _, _ := strings.Cut(email.Key(), "@")
	switch {
	case guessable(folded, same(strings.ToLower(r.Product))):
		return refuse("product_name", "Choose a password without the name of this site. Several unrelated words make a good one.")
	case guessable(folded, same(email.Key(), local)), isAddress(password, email):
		return refuse("own_address", "Choose a password that is not your email address. Several unrelated words make a good one.")
	case guessable(folded, common):
		return refuse("too_common", "This password is easily guessed. Choose another: several unrelated words make a good one.")
	}
	return nil
}

func (r Rules) checkLength(password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case password == "":
		return refuse("required", fmt.Sprintf("Choose a password of at least %d characters.", r.MinLength))
	case n > MaxLength:
		return refuse("too_long", fmt.Sprintf("Shorten your password to %d characters or fewer.", MaxLength))
	case !text.Valid(password):
		return refuse("invalid_text", "Enter your password as text.")
	case n < r.MinLength:
		return refuse("too_short", fmt.Sprintf("Use at least %d characters.", r.MinLength))
	}
	return nil
}

// same returns a function that reports whether its argument is one of the words,
// which are in lower case. Words of fewer than 3 bytes are ignored: they occur in
// many passwords by chance.
func same(words ...string) func(string) bool {
	return func(s string) bool { return len(s) >= 3 && slices.Contains(words, s) }
}

// isAddress reports whether the password is the address in any spelling, such as
// with its domain in Unicode.
func isAddress(password string, email emailaddr.Address) bool {
	typed, err := emailaddr.Parse(password)
	return err == nil && typed.Key() == email.Key()
}

func refuse(code, message string) error { return fault.InvalidField("password", code, message) }

// CheckTyped checks a typed password before it is compared with a hash. It
// returns an Invalid fault of field for an empty password (required), one longer
// than MaxLength (too_long; ASVS 6.2.9), and one with NUL or invalid UTF-8
// (invalid_text). It does not apply the Rules: they may have changed since the
// password was chosen.
func CheckTyped(field, password string) error {
	switch {
	case password == "":
		return fault.InvalidField(field, "required", "Enter your password.")
	case utf8.RuneCountInString(password) > MaxLength:
		return fault.InvalidField(field, "too_long", fmt.Sprintf("A password has at most %d characters.", MaxLength))
	case !text.Valid(password):
		return fault.InvalidField(field, "invalid_text", "Enter your password as text.")
	}
	return nil
}
