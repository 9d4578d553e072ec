package listener_test

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"stoa/platform/listener"
)

// The clients of connections in the backlog may have sent their request
// already.
func TestClose_KeepsBacklog(t *testing.T) {
	t.Parallel()
	config := net.ListenConfig{}
	config.SetMultipathTCP(false) // as in cmd/stoa
	inner, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := listener.New(inner)
	const clients = 3
	for range clients {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "POST"); err != nil {
			t.Fatal(err)
		}
	}
	closed := make(chan error, 1)
	go func() { closed <- l.Close() }()
	if conn, err := net.DialTimeout("tcp", l.Addr().String(), 500*time.Millisecond); err == nil {
		// The dial was faster than the close, so the connection is in the
		// backlog.
		defer conn.Close()
	}
	for range clients {
		conn, err := l.Accept()
		if err != nil {
			t.Fatalf("Accept() = %v, want a connection of the backlog", err)
		}
		defer conn.Close()
		sent := make([]byte, 4)
		if _, err := io.ReadFull(conn, sent); err != nil || string(sent) != "POST" {
			t.Fatalf("read %q, %v", sent, err)
		}
	}
	for err = nil; err == nil; {
		_, err = l.Accept()
	}
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept() = %v after the backlog, want net.ErrClosed", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
