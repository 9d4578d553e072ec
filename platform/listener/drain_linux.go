package listener

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// handshakeTime is the longest handshake of a new connection. 100 ms is a
	// long round trip behind a proxy.
	handshakeTime = 100 * time.Millisecond
	// backlogTimeout is the longest wait for an empty backlog.
	backlogTimeout = 2 * time.Second
)

// dropSYN is a packet filter that drops segments with SYN and without ACK, and
// passes all others. The flags are byte 13 of the TCP header (RFC 9293 3.1).
var dropSYN = []unix.SockFilter{
	{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 13},
	{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: 0x12},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: 0x02, Jt: 1},
	{Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff},
	{Code: unix.BPF_RET | unix.BPF_K, K: 0},
}

// drainBacklog makes the kernel ignore new connections, and waits until the
// backlog is empty: the connections that the kernel has made and Accept has not
// returned yet. Closing a listener resets the connections in its backlog. Their
// clients may have sent a request already, and no proxy repeats a POST. A
// client that is ignored retries after a second. Its connection is then
// refused, and it connects to another replica.
//
// Some sockets accept no packet filter: those of Multipath TCP, and those of
// unprivileged users on some kernels. drainBacklog then returns when the
// backlog is empty. A connection that is made between this moment and the close
// is lost.
func drainBacklog(l net.Listener) {
	socket, ok := l.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return
	}
	filtered := false
	_ = raw.Control(func(fd uintptr) {
		program := unix.SockFprog{Len: uint16(len(dropSYN)), Filter: &dropSYN[0]}
		filtered = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program) == nil
	})
	if filtered {
		time.Sleep(handshakeTime)
	}
	for end := time.Now().Add(backlogTimeout); backlog(raw) > 0 && time.Now().Before(end); {
		time.Sleep(handshakeTime / 20)
	}
}

// backlog returns the number of connections that wait to be accepted. The
// kernel reports it in the field Unacked of a listener.
func backlog(raw syscall.RawConn) (n uint32) {
	_ = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			n = info.Unacked
		}
	})
	return n
}
