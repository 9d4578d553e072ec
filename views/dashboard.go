package views

import (
	"html/template"
	"time"
)

// Dashboard is accounts/dashboard. All of it comes with the session.
type Dashboard struct {
	Chrome
	Name, Email string
	Picture     string        // where it is, or ""
	Bio         template.HTML // sanitized
	HasBio      bool
	MemberSince time.Time
	Device, IP  string // of this session
	SignedInAt  time.Time
	ExpiresAt   time.Time // of this session, however much it is used
}

// Title is the page's name in the browser.
func (Dashboard) Title() string { return "Dashboard" }

// Viewer returns the owner of the session, for the avatar.
func (p Dashboard) Viewer() Viewer { return Viewer{Name: p.Name, Email: p.Email, Avatar: p.Picture} }
