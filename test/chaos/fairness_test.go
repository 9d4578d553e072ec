package chaos

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/test/rig"
)

// requestDeadline is that of the program: no response may come later.
const requestDeadline = 20 * time.Second

// clients send requests without a pause, each with a connection of its own, until
// stop.
type clients struct {
	app  *rig.App
	quit chan struct{}
	done sync.WaitGroup
	mu   sync.Mutex
	seen requests
}

func newClients(app *rig.App) *clients { return &clients{app: app, quit: make(chan struct{})} }

// start starts one client. The response must have one of the statuses, or be a
// refusal.
func (c *clients) start(request func() *http.Request, expected ...int) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: 2 * requestDeadline, CheckRedirect: stay}
	c.done.Go(func() {
		defer client.CloseIdleConnections()
		for {
			select {
			case <-c.quit:
				return
			default:
			}
			r := send(client, request(), expected...)
			c.mu.Lock()
			c.seen = append(c.seen, r)
			c.mu.Unlock()
		}
	})
}

// await waits until the condition holds for the requests so far.
func (c *clients) await(t *testing.T, what string, holds func(requests) bool) {
	t.Helper()
	rig.Await(t, what, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return holds(c.seen)
	})
}

// stop ends the clients and returns their requests.
func (c *clients) stop() requests {
	close(c.quit)
	c.done.Wait()
	return c.seen
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// request returns a function that makes a request from the IP address.
func (c *clients) request(method, path, addr, body string, header ...string) func() *http.Request {
	return func() *http.Request {
		req, err := http.NewRequest(method, "http://"+c.app.Addr+path, strings.NewReader(body))
		if err != nil {
			panic(err) // the URL is valid
		}
		req.Header.Set("X-Forwarded-For", addr)
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		return req
	}
}

// One user's row is locked, and 30 clients of that user write to it.
func TestFairness_LockedRow(t *testing.T) {
	parallel(t)
	r := newRow(t, "a user's row is locked, and 30 clients write to it", "others' p99 ≤ 2 × quiet + 20 ms; the writers get 503, never 429")
	app := rig.Start(t, rig.Wide, rig.Env{"LOG_LEVEL": "warn", "DB_MAX_CONNS": "20"})
	app.Log.Forgive()
	_, _, tokens := app.RegisterAPI(t)
	users, rest := 4, 50*time.Millisecond
	if long {
		users, rest = 20, 100*time.Millisecond
	}
	load := rig.StartLoad(t, app, users, rest)
	since := func(start time.Time) requests {
		return requests(load.Requests()).where(func(r rig.Request) bool { return r.Begun.After(start) })
	}
	start := time.Now()
	load.GoOn(t)
	pass(t, start, lasting(10*time.Second, 0))
	quiet := since(start).atWork()

	release := app.Hold(t, "SELECT FROM users WHERE id = $1 FOR UPDATE", tokens.User.ID)
	writers := newClients(app)
	for range 30 {
		writers.start(writers.request("PATCH", "/api/users/me", rig.Address(), `{"bio":"in vain"}`, "Authorization", "Bearer "+tokens.Access))
	}
	start = time.Now()
	writers.await(t, "a writer to be refused", func(seen requests) bool { return len(seen.refused()) > 0 })
	load.GoOn(t)
	pass(t, start, lasting(20*time.Second, 0))
	during := since(start)
	wrote := writers.stop()
	release()
	load.Stop(t)
	p99, bound := during.atWork().percentile(99), 2*quiet.percentile(99)+20*time.Millisecond
	r.measured("quiet p99 %s", readable(quiet.percentile(99)))
	r.within("p99", p99, bound)
	// Half of the wait for a connection, and the timeout of a statement.
	r.within("writers refused within", wrote.percentile(100), 6500*time.Millisecond+overhead)
	if broken := append(during.byUsers().broken(), wrote.broken()...); len(broken) > 0 {
		t.Errorf("neither served nor refused by 503:\n%s", broken)
	}
}

// A database in another region, and few connections to it.
func TestFairness_DistantDatabase(t *testing.T) {
	parallel(t)
	const roundTrip = 250 * time.Millisecond
	r := newRow(t, "4 connections, 250 ms to the database, 64 clients", "refusals ≤ 3 s and one round trip, no response after its deadline")
	app, proxy := rig.StartBehindFaultProxy(t, rig.Wide, rig.Env{"LOG_LEVEL": "warn", "DB_MAX_CONNS": "4"})
	app.Log.Forgive()
	crowd := newClients(app)
	for range 16 {
		_, _, tokens := app.RegisterAPI(t)
		addr, bearer := rig.Address(), "Bearer "+tokens.Access
		for range 2 {
			crowd.start(crowd.request("GET", "/api/users/me", addr, "", "Authorization", bearer), 200)
			crowd.start(crowd.request("PATCH", "/api/users/me", addr, `{"bio":"from afar"}`, "Authorization", bearer), 200)
		}
	}
	proxy.Delay(roundTrip)
	start := time.Now()
	crowd.await(t, "a request to be refused", func(seen requests) bool { return len(seen.refused()) > 0 })
	pass(t, start, lasting(30*time.Second, 0))
	seen := crowd.stop()
	proxy.Delay(0)
	served := seen.where(rig.Request.Served)
	r.measured("%d served, %d refused", len(served), len(seen.refused()))
	r.within("slowest refusal", seen.refused().percentile(100), 3*time.Second+roundTrip+overhead)
	r.within("slowest response", seen.percentile(100), requestDeadline+overhead)
	if broken := seen.broken(); len(broken) > 0 {
		t.Errorf("neither served nor refused by 503:\n%s", broken)
	}
}

// Clients at 100 IP addresses guess passwords without pause, and the user signs in
// with a browser that was signed in before.
func TestFairness_SignInFlood(t *testing.T) {
	parallel(t)
	r := newRow(t, "sign-ins from 100 IP addresses without a pause", "a browser that was signed in before gets in ≤ 3 s, no response after its deadline")
	app := rig.Start(t, rig.Wide, rig.Env{"LOG_LEVEL": "error", "BCRYPT_COST": "12"})
	b, user := app.RegisterBrowser(t)
	quiet := signInAgain(b, user)
	crowd := newClients(app)
	for i := range 100 {
		guess := fmt.Sprintf(`{"email":"nobody-%d@example.com","password":"seven brass anchors"}`, i)
		crowd.start(crowd.request("POST", "/api/auth/login", rig.Address(), guess), 401)
	}
	crowd.await(t, "a guess to be refused", func(seen requests) bool { return len(seen.refused()) > 0 })
	tries, slowest := 2, time.Duration(0)
	if long {
		tries = 10
	}
	for range tries {
		slowest = max(slowest, signInAgain(b, user))
	}
	seen := crowd.stop()
	r.measured("quiet %s; %d guesses, %d of them refused", readable(quiet), len(seen), len(seen.refused()))
	r.within("slowest sign-in of the browser", slowest, 3*time.Second)
	r.within("slowest response", seen.percentile(100), requestDeadline+overhead)
	if broken := seen.broken(); len(broken) > 0 {
		t.Errorf("neither answered nor refused by 503:\n%s", broken)
	}
}

// signInAgain signs the browser out and in, and returns the time of the sign-in.
func signInAgain(b *rig.Browser, user rig.User) time.Duration {
	b.Open("/dashboard").Is(200)
	b.Submit(rig.LogoutForm)
	start := time.Now()
	b.SignIn(user).Is(200)
	return time.Since(start)
}
