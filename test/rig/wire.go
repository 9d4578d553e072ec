package rig

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// Wire is a TCP connection to the server, for raw requests.
type Wire struct {
	t    testing.TB
	Conn net.Conn
	in   *bufio.Reader
}

// Wire opens a connection and closes it when the test ends.
func (a *App) Wire(t testing.TB) *Wire {
	t.Helper()
	conn, err := net.Dial("tcp", a.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(Patience))
	return &Wire{t: t, Conn: conn, in: bufio.NewReader(conn)}
}

// Send writes bytes unchanged. A closed connection is not a failure: Read returns
// the response that the server has sent before.
func (w *Wire) Send(raw string) *Wire {
	_, _ = w.Conn.Write([]byte(raw)) // see above
	return w
}

// Read returns the next response with its body, or nil when the server has closed
// the connection without one.
func (w *Wire) Read() (*http.Response, string) {
	w.t.Helper()
	res, err := http.ReadResponse(w.in, nil)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isReset(err) {
		return nil, ""
	}
	if err != nil {
		w.t.Fatalf("read the response: %v", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil && !isReset(err) {
		w.t.Fatalf("read the body: %v", err)
	}
	return res, string(body)
}

// Closed reports whether the server has closed the connection without further
// bytes.
func (w *Wire) Closed() bool {
	_, err := w.in.ReadByte()
	return errors.Is(err, io.EOF) || isReset(err)
}

func isReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && !op.Timeout()
}
