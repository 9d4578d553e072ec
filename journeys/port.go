package journeys

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"syscall"
)

// Ports that freePort chooses from are below those that systems give to
// outgoing connections: one of these might otherwise take a port in the
// moments in which nobody listens there, before a program starts and while it
// is started anew.
const (
	firstPort = 10000
	lastPort  = 32767
)

// given are the ports that a test of this process has.
var given sync.Map

// freePort returns a port of the loopback address that nobody listens at, and
// that no other test gets.
func freePort() (string, error) {
	for {
		port := strconv.Itoa(firstPort + rand.IntN(lastPort-firstPort+1))
		if _, taken := given.LoadOrStore(port, true); taken {
			continue
		}
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return "", err
		}
		return port, l.Close()
	}
}
