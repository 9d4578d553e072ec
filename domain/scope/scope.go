// Package scope says who acts, from where, and through which session. It is an
// argument of every domain verb and never ambient.
package scope

import (
	"net/netip"
	"time"

	"github.com/google/uuid"
)

// UserID identifies a person.
type UserID struct{ uuid.UUID }

// SessionID identifies one sign-in: a browser session or an API token family.
// It is public; what opens a session is its token.
type SessionID struct{ uuid.UUID }

// User is somebody with an account, as a session or token finds them.
type User struct {
	ID            UserID
	Email         string // as typed, its domain as A-label
	EmailVerified bool
	Name          string
	Bio           string // Markdown
	Admin         bool
	Avatar        string // the name of their picture, "" for none
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Request is where a call came from.
type Request struct {
	ID     string     // X-Request-ID, in each log line and audit entry
	Addr   netip.Addr // the client, trusted proxies taken off
	Client string     // the key under which the client's limits count: its address, or its IPv6 /64
	Device string     // the client's program in words: "Firefox on Linux"
}

// Scope is the acting person, their session and the request. A nil Person
// is nobody: a visitor, or the operator's shell.
type Scope struct {
	User    *User
	Session SessionID
	Request Request
}

// Actor returns the id of the acting person, or nil for nobody.
func (s Scope) Actor() *uuid.UUID {
	if s.User == nil {
		return nil
	}
	return &s.User.ID.UUID
}

// As returns the scope with the person acting through the session: what a
// sign-in makes of a visitor's scope.
func (s Scope) As(p User, session SessionID) Scope {
	s.User, s.Session = &p, session
	return s
}
