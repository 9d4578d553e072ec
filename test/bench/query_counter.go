package main

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync/atomic"
)

// queryCounter is a proxy before PostgreSQL's socket. It counts the executed
// statements.
type queryCounter struct {
	url        string // of the database, through the proxy
	statements atomic.Int64
	server     string // path of PostgreSQL's socket
	listener   net.Listener
}

// startQueryCounter starts a proxy for the database of that URL. Its socket is in
// dir.
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

func (t *queryCounter) close() { _ = t.listener.Close() } // ends accept

func (t *queryCounter) accept() {
	for {
		client, err := t.listener.Accept()
		if err != nil {
			return
		}
		go t.pass(client)
	}
}

// pass copies between a client and the server until one closes.
func (t *queryCounter) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", t.server)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(client, server) // any error ends the connection
		client.Close()
	}()
	t.forward(server, client)
}

// forward copies the client's messages to the server and counts Query and
// Execute (PostgreSQL's documentation, Message Formats). The first message of a
// connection has no type byte.
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
