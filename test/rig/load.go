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

// Request is one request of a Load.
type Request struct {
	What       string // "read", "write", "sign in", "wrong password", "refresh", "visit" or "live"
	Begun      time.Time
	Took       time.Duration
	Status     int  // 0 without a response
	RetryAfter bool // the response has Retry-After
	who        *worker
	Wrong      string // the error in the response, or why there is none; "" also for a proper refusal
}

// Refused reports whether the response was a proper 503 with Retry-After.
func (r Request) Refused() bool { return r.Status == http.StatusServiceUnavailable && r.RetryAfter }

// Served reports whether the request was served.
func (r Request) Served() bool { return r.Wrong == "" && !r.Refused() }

// probePause is the pause between two requests for /health/live.
const probePause = 50 * time.Millisecond

// Load is a number of concurrent users. Each reads pages, writes over the API,
// signs in sometimes with the right and with a wrong password, and refreshes
// tokens, one request after the other. One more client requests /health/live.
type Load struct {
	app   *App
	users []*worker
	quit  chan struct{}
	done  sync.WaitGroup
	mu    sync.Mutex
	seen  []Request
}

// StartLoad registers the given number of users and starts their requests. pause
// is the pause between a user's rounds of a few requests each.
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
	l.rounds(probePause, func(int) { l.do(nil, &probe.client, call{what: "live", method: "GET", path: "/health/live"}, 200) })
	return l
}

// rounds calls round with an increasing number until the load stops.
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

// call is a request to make. check returns what is wrong with the body of a
// successful response.
type call struct {
	what, method, path, token, body string
	check                           func(body string) string
}

// do makes a call and records the result. A response is wrong when it has none of
// the expected statuses and is not a refusal. do returns status and body.
func (l *Load) do(who *worker, c *client, call call, expected ...int) (int, string) {
	r := Request{What: call.what, who: who, Begun: time.Now()}
	status, header, body, err := exchange(c, call)
	r.Took, r.Status, r.RetryAfter = time.Since(r.Begun), status, header.Get("Retry-After") != ""
	switch {
	case err != nil:
		r.Wrong = err.Error()
	case slices.Contains(expected, status) && call.check != nil:
		r.Wrong = call.check(body)
	case !slices.Contains(expected, status) && !r.Refused():
		r.Wrong = http.StatusText(status)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, r)
	return status, body
}

// exchange makes a call and reads the response, for at most Patience.
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

// Requests returns all finished requests so far.
func (l *Load) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen[:len(l.seen):len(l.seen)]
}

// GoOn waits until every user has been served again, and a hundred more requests
// in all.
func (l *Load) GoOn(t testing.TB) {
	t.Helper()
	start, from := time.Now(), len(l.Requests())
	Await(t, "every user to be served", func() bool {
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

// Stop ends the load, checks that every acknowledged write is stored, and returns
// all requests.
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

// StopAllServed is Stop for a load of which every request must have been served.
func (l *Load) StopAllServed(t testing.TB) {
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
