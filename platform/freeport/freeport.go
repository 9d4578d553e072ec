// Package freeport chooses ports of the loopback address for what tests and
// measurements start.
package freeport

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"syscall"
)

// The ports to choose from are below those that systems give to outgoing
// connections: one of these might otherwise take a port in the moments in which
// nobody listens there, before a program starts and while it is started anew.
const (
	firstPort = 10000
	lastPort  = 32767
)

// given are the ports that this process has had.
var given sync.Map

// Get returns a port that nobody listens at, and that this process does not get
// again.
func Get() (string, error) {
	for {
		port := strconv.Itoa(firstPort + rand.IntN(lastPort-firstPort+1)) //nolint:gosec // G404: no secret
		if _, taken := given.LoadOrStore(port, true); taken {
			continue
		}
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:"+port)
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return "", err
		}
		return port, l.Close()
	}
}
