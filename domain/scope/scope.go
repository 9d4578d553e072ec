// Package scope describes which user acts, through which session, and from where.
// A scope is an argument of every domain verb; no context.Context contains it.
package scope

import (
	"net/netip"
	"time"

	"github.com/google/uuid"
)

// UserID identifies a user.
type UserID struct{ uuid.UUID }

// SessionID identifies one sign-in: a browser session or an API token family.
// It is public; the secret of a session is its token.
type SessionID struct{ uuid.UUID }

// User is the account of a session or token.
type User struct {
	ID            UserID
	Email         string // as typed, its domain as A-label
	EmailVerified bool
	EmailFailure  string // why the newest email did not arrive: EmailRefused, EmailAbandoned or ""
	Name          string
	Bio           string // Markdown
	Admin         bool
	Avatar        string // the name of the user's picture, "" for none
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// The reasons why an email did not arrive.
const (
	EmailRefused   = "refused"   // the mail server says that the email address takes no email
	EmailAbandoned = "abandoned" // no attempt succeeded
)

// Request is the origin of a call.
type Request struct {
	ID     string     // X-Request-ID, in each log line and audit entry
	Addr   netip.Addr // the IP address of the client, behind the trusted proxies
	Client string     // the key of the client's limits: its IP address, or its IPv6 /64
	Device string     // the name of the client: "Firefox on Linux"

	// Form identifies the posted form, with its random token and all that was typed: only
	// the same form sent twice has the same value. It is "" for every other request.
	Form string
}

// RepeatedWithin is how long after the first time the same form counts as its repetition,
// such as that of a double click.
const RepeatedWithin = time.Minute

// Scope is the acting user, their session and the request. User is nil for an
// anonymous client and for the operator's shell.
type Scope struct {
	User    *User
	Session SessionID
	Request Request
}

// Actor returns the id of the acting user, or nil without one.
func (s Scope) Actor() *uuid.UUID {
	if s.User == nil {
		return nil
	}
	return &s.User.ID.UUID
}

// As returns the scope with the user acting through the session, as after a
// sign-in.
func (s Scope) As(user User, session SessionID) Scope {
	s.User, s.Session = &user, session
	return s
}
