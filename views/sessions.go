package views

import (
	"fmt"
	"time"
)

func init() { settingsMenu.add(Entry{Label: "Sessions", Path: "/settings/sessions", Order: 40}) }

// Sessions is accounts/sessions; its fragments are accounts/_sessions_list and
// accounts/_session_row.
type Sessions struct {
	Chrome
	Rows   []SessionRow // this device first
	Others int
}

// SessionRow is one signed-in browser or API client.
type SessionRow struct {
	ID      string
	Kind    string // browser or api
	Device  string // as text: Firefox on Linux
	IP      string
	Current bool

	CreatedAt, LastSeenAt, ExpiresAt time.Time
}

// Title returns the title of the page.
func (Sessions) Title() string { return "Sessions" }

// OthersInWords returns the number of other sessions as a sentence.
func (p Sessions) OthersInWords() string {
	if p.Others == 1 {
		return "1 other device or program is signed in."
	}
	return fmt.Sprintf("%d other devices and programs are signed in.", p.Others)
}

// IsAPI reports whether the session belongs to an API client.
func (r SessionRow) IsAPI() bool { return r.Kind == "api" }
