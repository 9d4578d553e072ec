package signin

import (
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// The results of an attempt to sign in.
const (
	success     = "success"
	refused     = "refused" // wrong, unknown or disabled
	limited     = "limited"
	invalid     = "invalid"     // malformed input
	unavailable = "unavailable" // the database is unavailable, or too many attempts at once
	failed      = "error"
)

// Results returns the results that an attempt to sign in can have.
func Results() []string { return []string{success, refused, limited, invalid, unavailable, failed} }

func (a *Authenticator) observe(err error) {
	if a.Observe != nil {
		a.Observe(resultOf(err))
	}
}

func resultOf(err error) string {
	if err == nil {
		return success
	}
	f := fault.As(err)
	switch {
	case pg.Unavailable(err):
		return unavailable
	case f == nil:
		return failed
	}
	switch f.Kind {
	case fault.Unauthenticated, fault.Forbidden:
		return refused
	case fault.TooMany:
		return limited
	case fault.Invalid, fault.Malformed:
		return invalid
	case fault.Unavailable:
		return unavailable
	}
	return failed
}
