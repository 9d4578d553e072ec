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
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return discardSession{}, nil }))
	go func() { _ = server.Serve(listener) }() // ends with the process
	return "smtp://" + listener.Addr().String(), nil
}

// discardSession is an SMTP session that discards its emails.
type discardSession struct{}

func (discardSession) Mail(string, *smtp.MailOptions) error { return nil }
func (discardSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (discardSession) Reset()                               {}
func (discardSession) Logout() error                        { return nil }
func (discardSession) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
