package chaos

import (
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"stoa/test/rig"
)

// More pages are asked of one replica than it can give. Clients and replica
// share the machine, so that what both together can do is the peak.
func TestOverload(t *testing.T) {
	parallel(t)
	r := newRow(t, "three times the capacity", "goodput ≥ 80 % of the peak, the rest refused fast")
	app := rig.Start(t, rig.Wide, rig.Env{"LOG_LEVEL": "warn"})
	app.Log.Forgive()
	b, _ := app.RegisterBrowser(t)
	span := lasting(10*time.Second, time.Second)
	ask := func(clients int, pause time.Duration) requests { return readers(app, b, clients, span, pause) }
	ask(16, 0)
	peak := float64(len(ask(64, 0).good())) / span.Seconds()
	const crowd = 1000
	seen := ask(crowd, time.Duration(crowd/(3*peak)*float64(time.Second)))
	goodput := float64(len(seen.good())) / span.Seconds() / peak
	r.measured("%.0f pages/s at the peak; of %d requests in %s %d refused, goodput %.0f %%", peak, len(seen), span, len(seen.refused()), 100*goodput)
	if long && goodput < 0.8 {
		t.Errorf("goodput is %.0f %% of the peak, want 80", 100*goodput)
	}
	r.within("refusals' p99", seen.refused().percentile(99), time.Second)
	if broken := seen.broken(); len(broken) > 0 {
		t.Errorf("neither served nor refused:\n%s", broken)
	}
	app.API(t).Get("/health/live").Is(200)
}

// good are those who got their page before they would have gone away.
func (all requests) good() requests {
	return all.where(func(r rig.Request) bool { return r.Served() && r.Took < time.Second })
}

// readers ask for the dashboard for so long, each anew when they have their
// answer and the pause since the last time is over.
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
	r := rig.Request{What: "read", Begun: time.Now()}
	req, err := http.NewRequest(http.MethodGet, "http://"+app.Addr+"/dashboard", nil)
	if err != nil {
		panic(err) // the address is ours
	}
	for _, cookie := range b.Cookies() {
		req.AddCookie(cookie)
	}
	res, err := client.Do(req)
	if err == nil {
		_, err = io.Copy(io.Discard, res.Body) // a connection whose answer is not read is given up
		res.Body.Close()
	}
	r.Took = time.Since(r.Begun)
	switch {
	case err != nil:
		r.Wrong = err.Error()
		return r
	case res.StatusCode != http.StatusOK && res.StatusCode != http.StatusServiceUnavailable:
		r.Wrong = res.Status
	}
	r.Status, r.RetryAfter = res.StatusCode, res.Header.Get("Retry-After") != ""
	return r
}
