package chaos

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/test/rig"
)

// mib is a mebibyte.
const mib = 1 << 20

// memory returns a line of the process's status in bytes: VmRSS, or VmHWM for
// the peak since resetPeak.
func memory(t *testing.T, app *rig.App, line string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", app.PID()))
	if err != nil {
		t.Skipf("no memory can be read here: %v", err)
	}
	_, rest, _ := strings.Cut(string(status), line+":")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// resetPeak sets VmHWM to the present use of memory.
func resetPeak(t *testing.T, app *rig.App) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", app.PID()), []byte("5"), 0); err != nil {
		t.Skipf("the peak of memory cannot be reset here: %v", err)
	}
}

// flood is a number of anonymous clients that send the same text repeatedly. Each
// time a client opens a connection and pauses for at least a second.
type flood struct {
	addr string
	quit chan struct{}
	done sync.WaitGroup
}

// start starts clients that send the text. A slow one then sends a byte a second
// and reads no response.
func (s *flood) start(count int, text string, slow bool) {
	for range count {
		s.done.Go(func() {
			for s.connect(text, slow) {
			}
		})
	}
}

// connect uses one connection, and reports whether to open another.
func (s *flood) connect(text string, slow bool) bool {
	conn, err := net.Dial("tcp", s.addr)
	if err == nil {
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second)) // cannot fail on an open connection
		_, err = io.WriteString(conn, text)
	}
	if err == nil && !slow {
		_, _ = conn.Read(make([]byte, 1)) // the response does not matter
	}
	for range 10 {
		select {
		case <-s.quit:
			return false
		case <-time.After(time.Second):
		}
		if !slow || err != nil {
			return true
		}
		_, err = conn.Write([]byte("x"))
	}
	return true
}

func (s *flood) stop() {
	close(s.quit)
	s.done.Wait()
}

func post(path, kind, headers, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n%s", path, kind, headers, len(body), body)
}

const (
	form = "application/x-www-form-urlencoded"
	json = "application/json"
)

// floods sends requests of every abusive form to one replica directly: nginx
// would refuse most of them.
func (d *deployment) floods(t *testing.T) {
	r := newRow(t, "slow clients, compressed bombs, floods of headers, fields and bodies", "p99 of users < 500 ms, memory + < 64 MB")
	before := memory(t, d.one, "VmRSS")
	resetPeak(t, d.one)
	start, count := time.Now(), 3
	if long {
		count = 100
	}
	s := &flood{addr: d.one.Addr, quit: make(chan struct{})}
	s.start(count, "GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", true)
	s.start(count, "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 32000\r\n\r\n", true)
	s.start(count, "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", true)
	s.start(count, strings.Repeat("GET /docs/api HTTP/1.1\r\nHost: localhost\r\n\r\n", 20), true) // never reads the responses
	large := strings.Repeat("x", mib-500)
	few := max(1, count/20)
	s.start(few, post("/api/auth/login", json, "", `{"email":"`+large+`"}`), false)
	s.start(few, post("/api/auth/login", json, "", `{"email":`+strings.Repeat("[", mib/2)+"}"), false)
	s.start(few, post("/login", form, "", "email="+large), false)
	s.start(few, post("/login", form, "", strings.Repeat("a&", mib/2-500)), false)
	s.start(few, post("/login", "multipart/form-data; boundary=b", "", strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"e\"\r\n\r\nx\r\n", 18000)+"--b--\r\n"), false)
	s.start(few, post("/api/auth/login", json, "Content-Encoding: gzip\r\n", large), false)
	s.start(few, "GET /login HTTP/1.1\r\nHost: localhost\r\nX-Long: "+large[:64<<10]+"\r\n\r\n", false)
	pass(t, start, lasting(30*time.Second, 2*time.Second))
	d.settle(t)
	seen := d.since(start)
	s.stop()
	more := memory(t, d.one, "VmHWM") - before
	r.measured("%d slow clients and %d with large requests; memory + %d MB", 4*count, 7*few, more/1e6)
	if long && more > 64e6 {
		t.Errorf("memory grew by %d MB, want at most 64", more/1e6)
	}
	pages := seen.where(func(r rig.Request) bool { return r.What == "read" || r.What == "write" })
	r.within("p99", pages.percentile(99), 500*time.Millisecond)
	r.check(seen)
}
