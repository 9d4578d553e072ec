package main

import (
	"io"
	"net"

	"github.com/emersion/go-smtp"
)

// startMailSink starts a mail server that accepts and discards every email, and
// returns its URL. A server that refused emails would cause retries during other
// measurements. It serves until this process ends.
func startMailSink() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return slot{}, nil }))
	go func() { _ = server.Serve(listener) }() // ends with the process
	return "smtp://" + listener.Addr().String(), nil
}

// slot is an SMTP session that discards its emails.
type slot struct{}

func (slot) Mail(string, *smtp.MailOptions) error { return nil }
func (slot) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (slot) Reset()                               {}
func (slot) Logout() error                        { return nil }
func (slot) Data(letter io.Reader) error {
	_, err := io.Copy(io.Discard, letter)
	return err
}
