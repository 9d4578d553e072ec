//go:build !linux

package listener

import "net"

// drainBacklog does nothing here: no other system that we know lets a listener
// refuse what is new and keep what waits.
func drainBacklog(net.Listener) {}
