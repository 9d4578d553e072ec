package listener

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// handshakeTime is how long a connection that has begun may take until it
	// is there: a round trip, of which 100 ms is a long one behind a proxy.
	handshakeTime = 100 * time.Millisecond
	// backlogTimeout is when connections that wait to be accepted are given up.
	backlogTimeout = 2 * time.Second
)

// dropSYN drops segments with SYN and without ACK, byte 13 of the TCP header
// (RFC 9293 3.1), and takes all others.
var dropSYN = []unix.SockFilter{
	{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 13},
	{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: 0x12},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: 0x02, Jt: 1},
	{Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff},
	{Code: unix.BPF_RET | unix.BPF_K, K: 0},
}

// drainBacklog makes the kernel ignore new connections, and waits until those it
// has made are accepted. Closing a listener resets the ones that still wait,
// and their clients may have sent a request by then, which no proxy repeats
// when it is a POST. A client that is ignored asks again after a second, finds
// nobody and turns to another replica. Where no filter is taken, as of sockets of
// Multipath TCP and of ordinary users of some kernels, the listener closes in a
// moment when nobody waits: who comes in that very moment is lost.
func drainBacklog(l net.Listener) {
	socket, ok := l.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return
	}
	ignoring := false
	_ = raw.Control(func(fd uintptr) {
		program := unix.SockFprog{Len: uint16(len(dropSYN)), Filter: &dropSYN[0]}
		ignoring = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program) == nil
	})
	if ignoring {
		time.Sleep(handshakeTime)
	}
	for end := time.Now().Add(backlogTimeout); waiting(raw) > 0 && time.Now().Before(end); {
		time.Sleep(handshakeTime / 20)
	}
}

// waiting returns how many connections wait to be accepted. For a listener
// that is what the kernel says in this field.
func waiting(raw syscall.RawConn) (n uint32) {
	_ = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			n = info.Unacked
		}
	})
	return n
}
