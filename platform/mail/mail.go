// Package mail hands messages to a mail server.
package mail

import "context"

// Message is one mail to one person. Nothing in it needs escaping: names,
// subjects and addresses may hold anything, and never become a header or a
// second recipient.
type Message struct {
	ID      string // the Message-ID without its brackets, the same each time the mail is sent
	Name    string // of the person it goes to
	Address string // exactly one
	Subject string
	Text    string
	HTML    string // says the same as Text
}

// Transport takes messages to where they are read.
type Transport interface {
	// Send hands the message over. An error that IsPermanent says this address
	// will never take it; any other may pass. Neither holds the address.
	Send(ctx context.Context, m Message) error
}
