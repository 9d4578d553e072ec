// Package listener accepts TCP connections for an HTTP server. A refused client
// can read its response, and a stopping replica loses no connection of its
// backlog. It is our own because net/http and fasthttp close the listener at the
// stop: the kernel then resets the waiting connections, and a proxy does not repeat
// their POSTs.
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

// How long, and how many bytes, a lingering connection reads after its response
// was sent.
const (
	lingerTime  = 5 * time.Second
	lingerBytes = 8 << 20
)

// acceptPause is the pause after a failed accept.
const acceptPause = 200 * time.Millisecond

// New returns l with connections that can linger, and a Close that drains the
// backlog. Without lingering, the kernel resets a connection that is closed
// with unread bytes. The client then sees a broken pipe instead of the
// response, such as 413.
func New(l net.Listener) net.Listener { return lingeringListener{l} }

type lingeringListener struct{ net.Listener }

// Accept retries while the process or the machine has no file descriptor or
// memory left. fasthttp would end the server at such an error.
func (l lingeringListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err == nil {
			return &lingeringConn{Conn: conn}, nil
		}
		if !isTransient(err) {
			return nil, err
		}
		slog.Error("cannot accept a connection", "error", err)
		time.Sleep(acceptPause)
	}
}

// isTransient reports whether an accept can succeed after other connections
// have ended.
func isTransient(err error) bool {
	for _, shortage := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, shortage) {
			return true
		}
	}
	return false
}

// Close closes the listener after the connections in its backlog are accepted.
func (l lingeringListener) Close() error {
	drainBacklog(l.Listener)
	return l.Listener.Close()
}

type lingeringConn struct {
	net.Conn
	linger atomic.Bool
}

// Close closes the connection. If the connection lingers, Close first closes
// its writing side alone, and discards the data that the client still sends, up
// to lingerTime and lingerBytes.
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

// Linger makes conn linger when it is closed. It ignores connections that no
// listener of New accepted.
func Linger(conn net.Conn) {
	if c, ok := conn.(*lingeringConn); ok {
		c.linger.Store(true)
	}
}
