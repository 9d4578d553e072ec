package views

import (
	"fmt"
	"html/template"
	"strings"
	"time"
)

func init() {
	settingsMenu.add(Entry{
		Label: "Sessions", Path: "/settings/sessions", Words: "devices browsers sign out tokens", Order: 40,
		Help: []Help{
			{"When sessions end", "When you sign out, when your password changes, or when they are not used for a long time."},
			{"API", "A program that signed in with your email address and password."},
		},
	})
}

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

// This returns the session of this browser.
func (p Sessions) This() []SessionRow { return p.rows(func(r SessionRow) bool { return r.Current }) }

// Groups returns the other sessions, those of browsers first, without empty groups.
func (p Sessions) Groups() []SessionGroup {
	var groups []SessionGroup
	for _, g := range []SessionGroup{
		{"Browsers", p.rows(func(r SessionRow) bool { return !r.Current && r.Kind != "api" })},
		{"API", p.rows(func(r SessionRow) bool { return !r.Current && r.Kind == "api" })},
	} {
		if len(g.Rows) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

func (p Sessions) rows(want func(SessionRow) bool) []SessionRow {
	var rows []SessionRow
	for _, r := range p.Rows {
		if want(r) {
			rows = append(rows, r)
		}
	}
	return rows
}

// SessionGroup is a part of the list of other sessions.
type SessionGroup struct {
	Label string
	Rows  []SessionRow
}

// SignOutOthers is the label of the button that ends the other sessions.
func (p Sessions) SignOutOthers() string {
	if p.Others == 1 {
		return "Sign out the other session"
	}
	return fmt.Sprintf("Sign out %d other sessions", p.Others)
}

// OthersWillEnd says what happens to the other sessions.
func (p Sessions) OthersWillEnd() string {
	if p.Others == 1 {
		return "1 other session will have to sign in again."
	}
	return fmt.Sprintf("%d other sessions will have to sign in again.", p.Others)
}

// Icon returns the icon of the device.
func (r SessionRow) Icon() template.HTML {
	if r.Kind == "api" {
		return deviceIcons.api
	}
	return deviceIcon(r.Device)
}

// deviceIcon returns the icon of a device by its name. A browser has a system in it.
func deviceIcon(device string) template.HTML {
	switch {
	case strings.HasSuffix(device, " on iOS"), strings.HasSuffix(device, " on Android"):
		return deviceIcons.phone
	case device != "" && !strings.Contains(device, " on "):
		return deviceIcons.api
	}
	return deviceIcons.computer
}

var deviceIcons = struct{ computer, phone, api template.HTML }{
	icon("laptop"), icon("smartphone"), icon("terminal"),
}
