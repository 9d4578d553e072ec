package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// observabilityReport returns the report of checkObservability.
func observabilityReport(t *testing.T, environ []string) string {
	t.Helper()
	var out strings.Builder
	checkObservability(t.Context(), testConfig(t, environ), func(check string, err error) {
		out.WriteString(check)
		if err != nil {
			out.WriteString(" WRONG " + err.Error())
		}
		out.WriteString("\n")
	})
	return out.String()
}

func TestCheckObservability(t *testing.T) {
	t.Parallel()
	there := httptest.NewServer(http.NotFoundHandler())
	defer there.Close()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := taken.Addr().String()
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		want    string
		environ []string
	}{
		{"metrics (open: development)\nproxies (0 networks trusted)\n", nil},
		{"metrics (off: no METRICS_TOKEN)\n", inProduction()},
		{"metrics (with METRICS_TOKEN)\n", inProduction("METRICS_TOKEN=Zq8wR2nT5vX1kL7m")},
		{"TRUSTED_PROXIES is empty", inProduction()},
		{"(1 networks trusted)\n", inProduction("TRUSTED_PROXIES=10.0.0.0/8")},
		{"traces\n", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + there.URL}},
		{"traces WRONG", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + gone}},
		{"error reports\n", []string{"SENTRY_DSN=" + strings.Replace(there.URL, "//", "//hidden-key@", 1) + "/7"}},
		{"error reports WRONG", []string{"SENTRY_DSN=http://hidden-key@" + gone + "/7"}},
	} {
		if got := observabilityReport(t, tt.environ); !strings.Contains(got, tt.want) || strings.Contains(got, "hidden-key") {
			t.Errorf("with %q: %s, want %q", tt.environ, got, tt.want)
		}
	}
}
