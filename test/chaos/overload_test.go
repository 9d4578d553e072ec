package chaos

import (
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"stoa/test/rig"
)

// Clients request more pages than one replica can serve. They share the machine
// with the replica, so the peak is the capacity of both together.
func TestOverload(t *testing.T) {
	parallel(t)
	r := newRow(t, "three times the capacity", "goodput ≥ 80 % of the peak, the rest refused fast")
	app := rig.Start(t, rig.Wide, rig.Env{"LOG_LEVEL": "warn"})
	app.Log.Forgive()
	b, _ := app.RegisterBrowser(t)
	span := lasting(10*time.Second, time.Second)
	load := func(clients int, pause time.Duration) requests { return readers(app, b, clients, span, pause) }
	load(16, 0)
	peak := float64(len(load(64, 0).inTime())) / span.Seconds()
	const clients = 1000
	seen := load(clients, time.Duration(clients/(3*peak)*float64(time.Second)))
	goodput := float64(len(seen.inTime())) / span.Seconds() / peak
	r.measured("%.0f pages/s at the peak; of %d requests in %s %d refused, goodput %.0f %%", peak, len(seen), span, len(seen.refused()), 100*goodput)
	if long && goodput < 0.8 {
		t.Errorf("goodput is %.0f %% of the peak, want 80", 100*goodput)
	}
	r.within("p99 of refusals", seen.refused().percentile(99), time.Second)
	if broken := seen.broken(); len(broken) > 0 {
		t.Errorf("neither served nor refused:\n%s", broken)
	}
	app.API(t).Get("/health/live").Is(200)
}

// inTime returns the requests that were served within a second. Later responses
// do not count: the user has left the page by then.
func (all requests) inTime() requests {
	return all.where(func(r rig.Request) bool { return r.Served() && r.Took < time.Second })
}

// readers requests the dashboard by count clients for the span. Each client sends
// a request when it has the response to the one before, and pause has passed
// since that one began.
func readers(app *rig.App, b *rig.Browser, count int, span, pause time.Duration) requests {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: count}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var all requests
	var done sync.WaitGroup
	end := time.Now().Add(span)
	for range count {
		done.Go(func() {
			for due := time.Now(); time.Now().Before(end); due = due.Add(pause) {
				<-time.After(time.Until(due))
				r := read(client, app, b)
				mu.Lock()
				all = append(all, r)
				mu.Unlock()
			}
		})
	}
	done.Wait()
	return all
}

func read(client *http.Client, app *rig.App, b *rig.Browser) rig.Request {
	req, err := http.NewRequest(http.MethodGet, "http://"+app.Addr+"/dashboard", nil)
	if err != nil {
		panic(err) // the URL is valid
	}
	for _, cookie := range b.Cookies() {
		req.AddCookie(cookie)
	}
	r := send(client, req, http.StatusOK)
	r.What = "read"
	return r
}

// send sends a request and reads the response, which must have one of the statuses
// or be a refusal.
func send(client *http.Client, req *http.Request, expected ...int) rig.Request {
	r := rig.Request{What: req.Method + " " + req.URL.Path, Begun: time.Now()}
	res, err := client.Do(req)
	if err == nil {
		_, err = io.Copy(io.Discard, res.Body) // else the connection is not reused
		res.Body.Close()
	}
	r.Took = time.Since(r.Begun)
	if err != nil {
		r.Wrong = err.Error()
		return r
	}
	r.Status, r.RetryAfter = res.StatusCode, res.Header.Get("Retry-After") != ""
	if !slices.Contains(expected, r.Status) && !r.Refused() {
		r.Wrong = res.Status
	}
	return r
}
