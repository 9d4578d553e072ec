// Package fault has the kinds of errors that clients may see.
//
// Domain verbs return them; handlers/respond maps each kind to a status and a page,
// a fragment or a problem+json response. Every other error is internal: its text is
// logged and never sent to the client.
package fault

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Kind is the kind of an error. It determines what a client can do about it.
type Kind int

// The kinds, with the status that handlers/respond gives them.
const (
	Internal        Kind = iota // 500: an error of the program
	Malformed                   // 400: the input cannot be parsed
	Unauthenticated             // 401: a sign-in is required
	Forbidden                   // 403: signed in and not permitted
	NotFound                    // 404: does not exist, or belongs to another user
	Conflict                    // 409: the value is in use already
	TooLarge                    // 413
	Unsupported                 // 415
	Invalid                     // 422: parsed and refused; see Fields
	TooMany                     // 429: see Limit
	Unavailable                 // 503: temporary; see RetryAfter
)

// Field is one refused input.
type Field struct {
	Name    string // of the form field or the JSON field
	Code    string // stable, for API clients
	Message string // a sentence that says what to do
}

// Limit is the state of the rate limit that refused or admitted a request.
type Limit struct {
	Name      string
	Max       int
	Window    time.Duration
	Remaining int
	Reset     time.Duration
}

// Error is an error that a client may see.
type Error struct {
	Kind       Kind
	Code       string        // stable, snake_case: invalid_credentials, email_taken
	Message    string        // one sentence for the user
	Fields     []Field       // for Invalid and Conflict
	RetryAfter time.Duration // for TooMany and Unavailable
	Limit      *Limit        // for TooMany
	Err        error         // the cause, only for the log
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

// Busy returns an Unavailable error for work that is refused for lack of
// capacity. The client may retry after retryAfter; cause is only for the log.
func Busy(message string, retryAfter time.Duration, cause error) *Error {
	return &Error{Kind: Unavailable, Code: "busy", Message: message, RetryAfter: retryAfter, Err: cause}
}

// SignIn returns the Unauthenticated error of a page that needs a signed-in
// user.
func SignIn() *Error {
	return &Error{Kind: Unauthenticated, Code: "sign_in", Message: "Sign in to go on."}
}

// NoSuch returns the NotFound error for a thing, such as "session".
func NoSuch(thing string) *Error {
	return &Error{Kind: NotFound, Code: "not_found", Message: "There is no such " + thing + "."}
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

// Join combines the refused fields of several checks into one Invalid error. A field
// that several of them refuse is in it once, as the last one refuses it. Join returns
// nil when no check refused, and the first error of another kind unchanged.
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
		for _, f := range e.Fields {
			if i := slices.IndexFunc(all.Fields, func(g Field) bool { return g.Name == f.Name }); i >= 0 {
				all.Fields[i] = f
			} else {
				all.Fields = append(all.Fields, f)
			}
		}
	}
	if all == nil {
		return nil
	}
	return all
}
