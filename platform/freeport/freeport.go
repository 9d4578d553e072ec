// Package freeport chooses free ports of the loopback address for the programs that
// tests and measurements start. It is our own because libraries ask the kernel for
// one, which returns an ephemeral port.
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

// The ports are below the ephemeral ports, which systems use for outgoing
// connections. Such a connection could otherwise occupy a port before the program
// listens on it, or while the program restarts.
const (
	firstPort = 10000
	lastPort  = 32767
)

// returned has the ports that Get has returned.
var returned sync.Map

// Get returns a port without a listener. It never returns the same port twice in a
// process.
func Get() (string, error) {
	for {
		port := strconv.Itoa(firstPort + rand.IntN(lastPort-firstPort+1)) //nolint:gosec // G404: no secret
		if _, taken := returned.LoadOrStore(port, true); taken {
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
