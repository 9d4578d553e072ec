package signin

import (
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// How a try to sign in can end.
const (
	success     = "success"
	refused     = "refused" // wrong, unknown or disabled
	limited     = "limited"
	invalid     = "invalid"     // malformed input
	unavailable = "unavailable" // the database is away, or too many come at once
	failed      = "error"
)

// Results returns those that a try to sign in can have.
func Results() []string { return []string{success, refused, limited, invalid, unavailable, failed} }

func (d *Authenticator) report(err error) {
	if d.observe != nil {
		d.observe(resultOf(err))
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
