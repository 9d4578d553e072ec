package rig

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Request is one that somebody at work has made.
type Request struct {
	What       string // "read", "write", "sign in", "wrong password", "refresh", "visit" or "live"
	Begun      time.Time
	Took       time.Duration
	Status     int  // 0 when no answer came
	RetryAfter bool // the answer says when to try again
	who        *worker
	Wrong      string // what is wrong with the answer, or why there is none; "" for a proper refusal too
}

// Refused reports whether the request was told properly to come back later.
func (r Request) Refused() bool { return r.Status == http.StatusServiceUnavailable && r.RetryAfter }

// Served reports whether the request was answered as on a good day.
func (r Request) Served() bool { return r.Wrong == "" && !r.Refused() }

// probePause is between two looks at /health/live.
const probePause = 50 * time.Millisecond

// Load is people at work. Each of them reads pages and writes by API, signs in
// now and then with the right and with a wrong password, and refreshes tokens,
// one request after the other. Beside them somebody looks at /health/live.
type Load struct {
	app   *App
	users []*worker
	quit  chan struct{}
	done  sync.WaitGroup
	mu    sync.Mutex
	seen  []Request
}

// StartLoad has so many people sign up and go to work. pause is between the
// rounds of one, each of which is a few requests.
func StartLoad(t testing.TB, app *App, people int, pause time.Duration) *Load {
	t.Helper()
	l := &Load{app: app, quit: make(chan struct{})}
	for range people {
		l.users = append(l.users, newWorker(t, l))
	}
	for i, w := range l.users {
		l.rounds(pause, func(n int) { w.round(i + n) })
	}
	probe := app.API(t)
	l.rounds(probePause, func(int) { l.ask(nil, &probe.client, call{what: "live", method: "GET", path: "/health/live"}, 200) })
	return l
}

// rounds calls round, with its number, until the load stops.
func (l *Load) rounds(pause time.Duration, round func(n int)) {
	l.done.Go(func() {
		for n := 0; ; n++ {
			round(n)
			select {
			case <-l.quit:
				return
			case <-time.After(pause):
			}
		}
	})
}

// call is a request to make, and what is wrong with the body of a good answer.
type call struct {
	what, method, path, token, body string
	check                           func(body string) string
}

// ask makes a call and notes how it went: an answer is wrong when it has none
// of the good statuses and is no refusal. It returns status and body.
func (l *Load) ask(who *worker, c *client, call call, good ...int) (int, string) {
	r := Request{What: call.what, who: who, Begun: time.Now()}
	status, header, body, err := exchange(c, call)
	r.Took, r.Status, r.RetryAfter = time.Since(r.Begun), status, header.Get("Retry-After") != ""
	switch {
	case err != nil:
		r.Wrong = err.Error()
	case slices.Contains(good, status) && call.check != nil:
		r.Wrong = call.check(body)
	case !slices.Contains(good, status) && !r.Refused():
		r.Wrong = http.StatusText(status)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, r)
	return status, body
}

// exchange makes a call and reads the answer. Nobody waits longer than
// patience for one.
func exchange(c *client, call call) (int, http.Header, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, call.method, c.Resolve(call.path).String(), strings.NewReader(call.body))
	if err != nil {
		return 0, nil, "", err
	}
	req.Header.Set("X-Forwarded-For", c.Addr)
	if call.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if call.token != "" {
		req.Header.Set("Authorization", "Bearer "+call.token)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(body), err
}

// Requests returns all that have been answered so far, or given up.
func (l *Load) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen[:len(l.seen):len(l.seen)]
}

// GoOn waits until everybody has been served, and in all a hundred requests
// more.
func (l *Load) GoOn(t testing.TB) {
	t.Helper()
	start, from := time.Now(), len(l.Requests())
	Await(t, "everybody to be served", func() bool {
		served, people := 0, map[*worker]bool{}
		for _, r := range l.Requests()[from:] {
			if r.Served() && r.who != nil && r.Begun.After(start) {
				served++
				people[r.who] = true
			}
		}
		return served > 100 && len(people) == len(l.users)
	})
}

// Stop ends the load, looks every acknowledged write up and returns all
// requests.
func (l *Load) Stop(t testing.TB) []Request {
	t.Helper()
	close(l.quit)
	l.done.Wait()
	for _, w := range l.users {
		w.lookUp(t)
	}
	t.Logf("%d requests", len(l.seen))
	return l.seen
}

// StopUnharmed is Stop of a load of which every request had to be served.
func (l *Load) StopUnharmed(t testing.TB) {
	t.Helper()
	var lost []Request
	all := l.Stop(t)
	for _, r := range all {
		if !r.Served() {
			lost = append(lost, r)
		}
	}
	if len(lost) > 0 {
		t.Errorf("of %d requests %d were lost, such as %+v", len(all), len(lost), lost[:min(5, len(lost))])
	}
}
