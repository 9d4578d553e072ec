// Package listener accepts TCP connections for an HTTP server, so that a refused
// client can read its response and a stopping replica loses no connection.
package listener

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// What we read on of a request that was refused half-way, so that its sender
// gets to read the answer.
const (
	lingerTime  = 5 * time.Second
	lingerBytes = 8 << 20
)

// acceptPause is how long no connection is accepted when there was no room.
const acceptPause = 200 * time.Millisecond

// New returns the listener with connections that can linger, and with an
// end that loses none. Closing a connection with unread bytes resets it, and
// the client sees a broken pipe in place of "413, too large".
func New(l net.Listener) net.Listener { return lingeringListener{l} }

type lingeringListener struct{ net.Listener }

// Accept waits until there is room again when the process or the machine has no
// file descriptor or memory left: the server below would end for good.
func (l lingeringListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err == nil {
			return &lingeringConn{Conn: conn}, nil
		}
		if !isTransient(err) {
			return nil, err
		}
		slog.Error("no connection can be accepted", "error", err)
		time.Sleep(acceptPause)
	}
}

// isTransient reports whether an error of accepting is over once others have gone.
func isTransient(err error) bool {
	for _, lack := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, lack) {
			return true
		}
	}
	return false
}

// Close ends the listener once what waits to be accepted has been.
func (l lingeringListener) Close() error {
	drainBacklog(l.Listener)
	return l.Listener.Close()
}

type lingeringConn struct {
	net.Conn
	linger atomic.Bool
}

// Close ends the connection; one that lingers stops writing now, and reads a
// while before it ends.
func (c *lingeringConn) Close() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || !c.linger.Swap(false) || half.CloseWrite() != nil {
		return c.Conn.Close()
	}
	defer c.Conn.Close()
	if err := c.SetReadDeadline(time.Now().Add(lingerTime)); err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, c.Conn, lingerBytes); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// Linger makes conn, which a listener of New accepted, linger when it is closed.
func Linger(conn net.Conn) {
	if c, ok := conn.(*lingeringConn); ok {
		c.linger.Store(true)
	}
}
