package mail

import "errors"

// permanent is an error that no other attempt would mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// IsPermanent reports whether the mail server has refused this very message or
// recipient for good (a 5yz reply, RFC 5321 4.2.1), so that trying again is
// useless.
func IsPermanent(err error) bool { return errors.As(err, new(permanent)) }
