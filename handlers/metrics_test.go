package handlers_test

import (
	"strings"
	"testing"

	"stoa/domain/signin"
)

const metricsToken = "Zq8wR2nT5vX1kL7m"

func (c *client) metrics(headers ...header) response {
	c.t.Helper()
	return c.send("GET", "/metrics", nil, append(headers, header{"Authorization": "Bearer " + metricsToken})...)
}

func TestMetrics_RefusedWithoutTheToken(t *testing.T) {
	t.Parallel()
	c := start(t).client(t)
	for _, value := range []string{"", "Bearer", "Bearer ", "Bearer " + metricsToken[:15], "Bearer " + metricsToken + "x", "Basic " + metricsToken, metricsToken} {
		got := c.send("GET", "/metrics", nil, header{"Authorization": value})
		wantStatus(t, value, got, 401)
		if strings.Contains(got.body, "stoa_") || got.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("with %q: %q, WWW-Authenticate %q, want no metrics and Bearer", value, got.body, got.Header.Get("WWW-Authenticate"))
		}
	}
	got := c.metrics(header{"Accept-Encoding": "identity"})
	wantStatus(t, "with the token", got, 200)
	if got.Header.Get("Cache-Control") != "private, no-cache" || !strings.Contains(got.body, "\nstoa_build_info{") {
		t.Errorf("headers %v, body %.200q, want metrics that no cache keeps", got.Header, got.body)
	}
	packed := c.metrics(header{"Accept-Encoding": "gzip"})
	if packed.Header.Get("Content-Encoding") != "gzip" || len(packed.body) >= len(got.body)/2 {
		t.Errorf("Content-Encoding %q, %d bytes of %d, want gzip", packed.Header.Get("Content-Encoding"), len(packed.body), len(got.body))
	}
}

func TestMetrics_NameRoutesAndNotPaths(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.signedIn(t)
	c.send("GET", "/dashboard", nil)
	c.send("GET", "/tr4ced-path", nil)
	c.send("GET", "/api/tr4ced-call", nil)
	c.send("GET", "/dashboard/tr4ced.css", nil)
	c.send("POST", "/health/live?tr4ced=1", nil)
	c.send("TR4CED", "/", nil)
	c.send("DELETE", "/api/users/me/sessions/tr4ced", nil, bearer(s.Register(t, signin.API)))
	c.send("GET", "/", nil, header{"Content-Encoding": "gzip", "X-Request-ID": "tr4ced-request"})
	got := c.metrics().body
	if strings.Contains(strings.ToLower(got), "tr4ced") {
		t.Errorf("a label has text of the client:\n%s", linesWith(got, "tr4ced"))
	}
	for _, want := range []string{
		`stoa_http_requests_total{method="GET",route="/dashboard",status="200"} 1`,
		`stoa_http_requests_total{method="GET",route="unmatched",status="404"} 3`,
		`stoa_http_requests_total{method="POST",route="unmatched",status="405"} 1`,
		`stoa_http_requests_total{method="other",route="unmatched",status="400"} 1`,
		`stoa_http_requests_total{method="DELETE",route="/api/users/me/sessions/:id",status="404"} 1`,
		`stoa_http_requests_total{method="GET",route="/*",status="415"} 1`,
		`stoa_http_request_duration_seconds_count{method="GET",route="/dashboard"} 1`,
		`stoa_http_requests_in_flight 1`,
	} {
		if !strings.Contains(got, "\n"+want+"\n") {
			t.Errorf("no %s among\n%s", want, linesWith(got, "stoa_http_requests"))
		}
	}
}

func linesWith(text, part string) string {
	var found []string
	for line := range strings.Lines(text) {
		if strings.Contains(strings.ToLower(line), part) {
			found = append(found, line)
		}
	}
	return strings.Join(found, "")
}

func TestMetrics_AbsentInProductionWithoutAToken(t *testing.T) {
	t.Parallel()
	c := start(t, func(c *settings) { c.transport.Production = true }).client(t)
	wantStatus(t, "GET /metrics", c.metrics(), 404)
}
