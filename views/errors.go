package views

import (
	"fmt"
	"time"
)

// ErrorPage is errors/page. It has the shell of the user of its Chrome. Without one it
// needs neither a session nor the database.
type ErrorPage struct {
	Chrome
	Status     int
	Heading    string // what happened
	Text       string // what to do
	Action     Link
	RetryAfter time.Duration // zero when a retry does not help
}

// Title returns the title of the page.
func (p ErrorPage) Title() string { return p.Heading }

// Wait returns how long to wait as a sentence, or "".
func (p ErrorPage) Wait() string {
	if p.RetryAfter <= 0 {
		return ""
	}
	return "Try again in " + inWords(p.RetryAfter) + "."
}

// Explain returns the page for a status, with its texts and a link to the next step.
// The caller sets Chrome and, if it has more specific ones, Text and RetryAfter.
func Explain(status int) ErrorPage {
	page, known := explanations[status]
	if !known {
		page = explanations[500]
		if status < 500 {
			page = ErrorPage{Heading: "We couldn’t read that request", Text: "Something in it isn’t what this page expects. Go back and try again.", Action: home}
		}
	}
	page.Status = status
	return page
}

var home = Link{Label: "Go to the start page", Href: "/"}

var explanations = map[int]ErrorPage{
	401: {Heading: "Sign in first", Text: "You need to sign in to see this page.", Action: Link{Label: "Sign in", Href: "/login"}},
	403: {Heading: "This form is no longer valid", Text: "It was opened before you signed in or out, or it was sent from another site. Nothing was changed. Go back, reload the page and send it again.", Action: home},
	404: {Heading: "Page not found", Text: "This page doesn’t exist, or you don’t have access to it.", Action: home},
	405: {Heading: "That doesn’t work here", Text: "This page exists, but it can’t do what was asked.", Action: home},
	413: {Heading: "That’s too large", Text: "What you sent is larger than this form accepts. Nothing was changed. Go back and send less.", Action: home},
	422: {Heading: "We couldn’t accept that", Text: "Some of the input was refused. Nothing was changed. Go back and try again.", Action: home},
	429: {Heading: "Too many attempts", Text: "To keep accounts safe, you can only try this a few times in a row.", Action: home},
	500: {Heading: "Something went wrong", Text: "That’s our fault and it’s been logged. If it keeps happening, send us this request ID.", Action: home},
	503: {Heading: "Back in a moment", Text: "Stoa can’t respond right now. Nothing was lost. Try again shortly.", Action: home},
}

func inWords(d time.Duration) string {
	seconds := int((d + time.Second - 1) / time.Second)
	switch {
	case seconds < 60:
		return plural(seconds, "second")
	case seconds < 3600:
		return plural((seconds+59)/60, "minute")
	}
	return plural((seconds+3599)/3600, "hour")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// RequestCode returns the request ID to copy.
func (p ErrorPage) RequestCode() Code { return Code{Label: "request ID", Text: p.RequestID} }
