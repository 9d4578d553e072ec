package views

import (
	"fmt"
	"time"
)

// ErrorPage is errors/page. It needs neither a session nor the database.
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
			page = ErrorPage{Heading: "That request cannot be answered", Text: "Something in it is not as this page expects. Go back and try again.", Action: home}
		}
	}
	page.Status = status
	return page
}

var home = Link{Label: "Go to the start page", Href: "/"}

var explanations = map[int]ErrorPage{
	401: {Heading: "Sign in first", Text: "This page belongs to somebody who is signed in.", Action: Link{Label: "Sign in", Href: "/login"}},
	403: {Heading: "This form is no longer valid", Text: "It was opened before you signed in or out, or it was sent from another site. Nothing was changed. Go back, reload the page and send it again.", Action: home},
	404: {Heading: "Page not found", Text: "There is nothing at this address, or it is not yours to see. If you typed it, check the spelling.", Action: home},
	405: {Heading: "That does not work here", Text: "The address exists, but not for what was asked of it.", Action: home},
	413: {Heading: "Too much at once", Text: "What you sent is larger than this form takes. Nothing was changed. Go back and send less.", Action: home},
	422: {Heading: "Something in there cannot be used", Text: "Some of the input was refused. Nothing was changed. Go back and try again.", Action: home},
	429: {Heading: "Too many attempts", Text: "To keep accounts safe, this can only be tried a few times in a row.", Action: home},
	500: {Heading: "Something went wrong", Text: "The fault is ours, and it has been written down. Try again; if it stays, tell us the request id below.", Action: home},
	503: {Heading: "Back in a moment", Text: "Stoa cannot answer right now. Nothing was lost; try again shortly.", Action: home},
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

// RequestCode returns the request id to copy.
func (p ErrorPage) RequestCode() Code { return Code{Label: "request id", Text: p.RequestID} }
