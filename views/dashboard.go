package views

import (
	"html/template"
	"time"
)

func init() { mainMenu.add(Entry{Label: "Home", Path: "/dashboard", Icon: "house", Order: 10}) }

// Dashboard is accounts/dashboard. All its data is loaded with the session.
type Dashboard struct {
	Chrome
	Name, Email string
	Picture     string        // its URL, or ""
	Bio         template.HTML // sanitized
	HasBio      bool
	MemberSince time.Time
	Device, IP  string // of this session
	SignedInAt  time.Time
	ExpiresAt   time.Time // of this session; use does not extend it
}

// Title returns the title of the page.
func (Dashboard) Title() string { return "Dashboard" }

// Viewer returns the signed-in user, for the avatar.
func (p Dashboard) Viewer() Viewer { return Viewer{Name: p.Name, Email: p.Email, Avatar: p.Picture} }
