package chaos

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"stoa/test/rig"
)

// Idle connections go directly to one replica, as nginx has limits of its own.
// They come from ten addresses, as one address has only 28,000 ports.
func TestIdle(t *testing.T) {
	parallel(t)
	r := newRow(t, "10,000 idle connections", "memory ≤ 250 MB, p99 of a new request < 20 ms")
	app := rig.Start(t, rig.Env{"LOG_LEVEL": "warn"})
	count, visits := 200, 50
	if long {
		count, visits = 10_000, 1000
	}
	for i := range count {
		conn := dial(t, app, fmt.Sprintf("127.0.0.%d", 2+i%10))
		defer conn.Close()
		get(t, conn, "/health/live")
	}
	took := make([]time.Duration, visits)
	for i := range took {
		start := time.Now()
		conn := dial(t, app, "127.0.0.1")
		get(t, conn, "/login")
		took[i] = time.Since(start)
		conn.Close()
	}
	slices.Sort(took)
	resident := memory(t, app, "VmRSS")
	r.measured("%d connections, memory %d MB", count, resident/1e6)
	if long && resident > 250e6 {
		t.Errorf("memory is %d MB, want at most 250", resident/1e6)
	}
	r.within("p99", took[visits*99/100], 20*time.Millisecond)
}

func dial(t *testing.T, app *rig.App, from string) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 30 * time.Second}
	conn, err := dialer.DialContext(t.Context(), "tcp4", app.Addr)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// get requests a page and reads the response. The connection stays open.
func get(t *testing.T, conn net.Conn, path string) {
	t.Helper()
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s = %d, %v", path, res.StatusCode, err)
	}
}
