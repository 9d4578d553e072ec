// Package fault has the few kinds of failure that a caller can be told about.
//
// Domain verbs return them, handlers/respond maps each kind once to a status,
// a page, a fragment or a problem+json answer. Every other error is internal:
// its text goes to the log and never to the client.
package fault

import (
	"errors"
	"strings"
	"time"
)

// Kind says what a caller can do about an error.
type Kind int

// The kinds, with the status that handlers/respond gives them.
const (
	Internal        Kind = iota // 500: ours to mend
	Malformed                   // 400: not even readable
	Unauthenticated             // 401: say who you are
	Forbidden                   // 403: known, and not allowed
	NotFound                    // 404: not there, or not yours
	Conflict                    // 409: taken
	TooLarge                    // 413
	Unsupported                 // 415
	Invalid                     // 422: read, and refused; see Fields
	TooMany                     // 429: see Limit
	Unavailable                 // 503: later; see RetryAfter
)

// Field is one refused input.
type Field struct {
	Name    string // as the form or JSON calls it
	Code    string // stable, for programs
	Message string // a sentence that says what to do
}

// Limit describes the rate limit that refused, or still admits, a call.
type Limit struct {
	Name      string
	Max       int
	Window    time.Duration
	Remaining int
	Reset     time.Duration
}

// Error is an error that a caller may see.
type Error struct {
	Kind       Kind
	Code       string        // stable, snake_case: invalid_credentials, email_taken
	Message    string        // one sentence for a person
	Fields     []Field       // for Invalid and Conflict
	RetryAfter time.Duration // for TooMany and Unavailable
	Limit      *Limit        // for TooMany
	Err        error         // the cause, for the log alone
}

// Error returns the code, the refused fields and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code)
	for _, f := range e.Fields {
		b.WriteString(" " + f.Name + ":" + f.Code)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// InvalidField returns an Invalid error for one refused input.
func InvalidField(name, code, message string) *Error {
	return &Error{Kind: Invalid, Code: "invalid_input", Message: "Some of the input was refused.", Fields: []Field{{name, code, message}}}
}

// As returns the *Error in err's chain, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Is reports whether err is an *Error of the kind.
func Is(err error, kind Kind) bool {
	e := As(err)
	return e != nil && e.Kind == kind
}

// Join collects the refused fields of several checks into one Invalid error.
// It returns nil when no check refused, and the first error of another kind
// as it is.
func Join(errs ...error) error {
	var all *Error
	for _, err := range errs {
		if err == nil {
			continue
		}
		e := As(err)
		if e == nil || e.Kind != Invalid {
			return err
		}
		if all == nil {
			all = &Error{Kind: Invalid, Code: e.Code, Message: e.Message}
		}
		all.Fields = append(all.Fields, e.Fields...)
	}
	if all == nil {
		return nil
	}
	return all
}
