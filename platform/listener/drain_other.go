//go:build !linux

package listener

import "net"

// drainBacklog does nothing. We know no other system in which a listener can
// ignore new connections and keep its backlog.
func drainBacklog(net.Listener) {}
