package main

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync/atomic"
)

// queryCounter stands between a client and PostgreSQL's socket and counts the
// statements that are executed.
type queryCounter struct {
	url        string // of the database, through the tap
	statements atomic.Int64
	server     string // path of PostgreSQL's socket
	listener   net.Listener
}

// startQueryCounter puts a tap before the database of that URL. Its socket is in dir.
func startQueryCounter(database, dir string) (*queryCounter, error) {
	u, err := url.Parse(database)
	if err != nil {
		return nil, err
	}
	query := u.Query()
	socket := ".s.PGSQL." + query.Get("port")
	t := &queryCounter{server: filepath.Join(query.Get("host"), socket)}
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	t.url = u.String()
	t.listener, err = net.Listen("unix", filepath.Join(dir, socket))
	if err != nil {
		return nil, err
	}
	go t.accept()
	return t, nil
}

func (t *queryCounter) close() { _ = t.listener.Close() } // which ends accept

func (t *queryCounter) accept() {
	for {
		client, err := t.listener.Accept()
		if err != nil {
			return
		}
		go t.pass(client)
	}
}

// pass connects a client with the server until either leaves.
func (t *queryCounter) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", t.server)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(client, server) // the end of a connection, however it comes
		client.Close()
	}()
	t.forward(server, client)
}

// forward passes on what the client says, message by message, and counts Query
// and Execute (PostgreSQL's documentation, Message Formats). The first message
// of a connection has no type.
func (t *queryCounter) forward(server io.Writer, client io.Reader) {
	for kind := []byte(nil); ; kind = make([]byte, 1) {
		var length [4]byte
		if _, err := io.ReadFull(client, kind); err != nil {
			return
		}
		if _, err := io.ReadFull(client, length[:]); err != nil {
			return
		}
		if len(kind) > 0 && (kind[0] == 'Q' || kind[0] == 'E') {
			t.statements.Add(1)
		}
		if _, err := server.Write(append(kind, length[:]...)); err != nil {
			return
		}
		if _, err := io.CopyN(server, client, int64(binary.BigEndian.Uint32(length[:]))-4); err != nil {
			return
		}
	}
}
