package journeys

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// restart stops a replica as an operator does and starts it in its place.
func restart(t *testing.T, a *App) {
	t.Helper()
	a.Signal(t, syscall.SIGTERM)
	if status, err := a.Wait(patience); err != nil || status != 0 {
		t.Fatalf("exit status %d, %v; want 0", status, err)
	}
	if faults := a.Log.faults(); len(faults) > 0 {
		t.Errorf("the log of the stopped replica has %q", faults)
	}
	_, port, _ := strings.Cut(a.addr, ":")
	next, err := serveAt(port, t.TempDir(), a.owner, a.Env)
	if err != nil {
		t.Fatal(err)
	}
	a.Process = next.Process // the clients go through the proxy as before
}

// load is people at work: each reads pages and writes by API, one request
// after the other.
type load struct {
	mortal  bool // people stop when a write of theirs is not acknowledged
	asked   atomic.Int64
	quit    atomic.Bool
	mu      sync.Mutex
	lost    []string
	written map[*API]string
	done    sync.WaitGroup
}

func startLoad(t *testing.T, app *App, people int) *load {
	return (&load{}).start(t, app, people)
}

// startLoadUntilFault is startLoad whose people meet a fault: they go home with
// a 503, and know what was acknowledged to them before.
func startLoadUntilFault(t *testing.T, app *App, people int) *load {
	return (&load{mortal: true}).start(t, app, people)
}

func (l *load) start(t *testing.T, app *App, people int) *load {
	l.written = map[*API]string{}
	for range people {
		c, _, _ := app.Newcomer(t)
		b, _ := app.NewcomerInBrowser(t)
		l.done.Go(func() {
			for n, fine := 0, true; !l.quit.Load() && (fine || !l.mortal); n++ {
				l.read(b)
				fine = l.write(c, strconv.Itoa(n))
			}
		})
	}
	return l
}

func (l *load) read(b *Browser) {
	status, err := ask(&b.http, "GET", b.resolve("/settings/profile").String(), "", http.Header{})
	l.count("GET", status, err)
}

func (l *load) write(c *API, bio string) bool {
	headers := http.Header{"Authorization": {"Bearer " + c.Token}, "Content-Type": {"application/json"}}
	status, err := ask(&c.http, "PATCH", c.resolve("/api/users/me").String(), `{"bio":"`+bio+`"}`, headers)
	if !l.count("PATCH", status, err) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written[c] = bio
	return true
}

// count notes a request and reports whether it was answered well.
func (l *load) count(what string, status int, err error) bool {
	l.asked.Add(1)
	if err == nil && status == 200 {
		return true
	}
	if err == nil && status == 503 && l.mortal {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost = append(l.lost, what+" "+strconv.Itoa(status)+" "+errorText(err))
	return false
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func ask(c *http.Client, method, url, body string, headers http.Header) (int, error) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header = headers
	res, err := c.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// goOn waits until more people have been served.
func (l *load) goOn(t *testing.T) {
	t.Helper()
	before := l.asked.Load()
	Await(t, "more requests", func() bool { return l.asked.Load() > before+100 })
}

// stop ends the load and tells what was lost.
func (l *load) stop(t *testing.T) {
	t.Helper()
	l.quit.Store(true)
	l.done.Wait()
	if len(l.lost) > 0 {
		t.Errorf("of %d requests %d were lost, such as %q", l.asked.Load(), len(l.lost), l.lost[:min(5, len(l.lost))])
	}
	for c, want := range l.written {
		if got := Decode[User](c.Get("/api/users/me").Is(200)).Bio; got != want && (!l.mortal || got != following(want)) {
			t.Errorf("bio = %q, want the %q that was acknowledged", got, want)
		}
	}
	t.Logf("%d requests", l.asked.Load())
}

// following is the bio after that one: a write that a fault left open.
func following(bio string) string {
	n, _ := strconv.Atoi(bio) // they are numbers
	return strconv.Itoa(n + 1)
}
