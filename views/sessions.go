package views

import (
	"fmt"
	"time"
)

// Sessions is accounts/sessions; its fragments are accounts/_sessions_list and
// accounts/_session_row.
type Sessions struct {
	Chrome
	Rows   []SessionRow // this device first
	Others int
}

// SessionRow is one browser or program that is signed in.
type SessionRow struct {
	ID      string
	Kind    string // browser or api
	Device  string // in words: Firefox on Linux
	IP      string
	Current bool

	CreatedAt, LastSeenAt, ExpiresAt time.Time
}

// Title is the page's name in the browser.
func (Sessions) Title() string { return "Sessions" }

// OthersInWords counts the other sessions.
func (p Sessions) OthersInWords() string {
	if p.Others == 1 {
		return "1 other device or program is signed in."
	}
	return fmt.Sprintf("%d other devices and programs are signed in.", p.Others)
}

// IsProgram reports whether the session is a family of API tokens.
func (r SessionRow) IsProgram() bool { return r.Kind == "api" }
