// Package mail sends emails through a mail server.
package mail

import "context"

// Message is one email to one recipient. Nothing in it needs escaping: names,
// subjects and email addresses may contain any text, which never becomes a header
// or a second recipient.
type Message struct {
	ID      string // the Message-ID without its brackets; the same in each attempt
	Name    string // of the recipient
	Address string // exactly one
	Subject string
	Text    string
	HTML    string // the same content as Text
}

// Transport delivers messages: to a mail server, or to the database in
// development.
type Transport interface {
	// Send delivers the message. When IsPermanent reports true for the error, no
	// retry can deliver the message; after any other error a retry may. No error
	// contains the email address.
	Send(ctx context.Context, m Message) error
}
