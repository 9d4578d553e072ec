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
// the highest since peakAnew.
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

// peakAnew has VmHWM begin from now.
func peakAnew(t *testing.T, app *rig.App) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", app.PID()), []byte("5"), 0); err != nil {
		t.Skipf("the peak of memory cannot be set back here: %v", err)
	}
}

// strangers are clients that send the same over and over, each on a connection
// of its own, and wait a while in between for an answer or none.
type strangers struct {
	addr string
	quit chan struct{}
	done sync.WaitGroup
}

// flood starts so many that send text, and drip a byte a second when slow.
func (s *strangers) flood(count int, text string, slow bool) {
	for range count {
		s.done.Go(func() {
			for s.visit(text, slow) {
			}
		})
	}
}

// visit is one connection; it reports whether to come again.
func (s *strangers) visit(text string, slow bool) bool {
	conn, err := net.Dial("tcp", s.addr)
	if err == nil {
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second)) // of an open connection
		_, err = io.WriteString(conn, text)
	}
	if err == nil && !slow {
		_, _ = conn.Read(make([]byte, 1)) // whatever the answer is
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

func (s *strangers) leave() {
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

// floods sends all that strangers may to one replica itself: nginx would keep
// most of it away.
func (h *house) floods(t *testing.T) {
	r := newRow(t, "slow clients, compressed bombs, floods of headers, fields and bodies", "good users' p99 < 500 ms, memory + < 64 MB")
	before := memory(t, h.one, "VmRSS")
	peakAnew(t, h.one)
	start, count := time.Now(), 3
	if long {
		count = 100
	}
	s := &strangers{addr: h.one.Addr, quit: make(chan struct{})}
	s.flood(count, "GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", true)
	s.flood(count, "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 32000\r\n\r\n", true)
	s.flood(count, "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", true)
	s.flood(count, strings.Repeat("GET /docs/api HTTP/1.1\r\nHost: localhost\r\n\r\n", 20), true) // never reads
	large := strings.Repeat("x", mib-500)
	few := max(1, count/20)
	s.flood(few, post("/api/auth/login", json, "", `{"email":"`+large+`"}`), false)
	s.flood(few, post("/api/auth/login", json, "", `{"email":`+strings.Repeat("[", mib/2)+"}"), false)
	s.flood(few, post("/login", form, "", "email="+large), false)
	s.flood(few, post("/login", form, "", strings.Repeat("a&", mib/2-500)), false)
	s.flood(few, post("/login", "multipart/form-data; boundary=b", "", strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"e\"\r\n\r\nx\r\n", 18000)+"--b--\r\n"), false)
	s.flood(few, post("/api/auth/login", json, "Content-Encoding: gzip\r\n", large), false)
	s.flood(few, "GET /login HTTP/1.1\r\nHost: localhost\r\nX-Long: "+large[:64<<10]+"\r\n\r\n", false)
	pass(t, start, lasting(30*time.Second, 2*time.Second))
	h.settle(t)
	seen := h.since(start)
	s.leave()
	more := memory(t, h.one, "VmHWM") - before
	r.measured("%d slow clients and %d that flood; memory + %d MB", 4*count, 7*few, more/1e6)
	if long && more > 64e6 {
		t.Errorf("memory grew by %d MB, want at most 64", more/1e6)
	}
	pages := seen.where(func(r rig.Request) bool { return r.What == "read" || r.What == "write" })
	r.within("p99", pages.percentile(99), 500*time.Millisecond)
	r.judge(seen)
}
