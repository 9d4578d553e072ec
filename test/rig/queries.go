package rig

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// Queries returns the number of queries so far, without those for the metrics
// request itself.
func (a *App) Queries(t testing.TB) int {
	t.Helper()
	page := a.Browser(t).Fetch(http.MethodGet, "/metrics", nil).Is(http.StatusOK)
	sum := 0
	for lines := bufio.NewScanner(strings.NewReader(page.Body)); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "stoa_db_query_duration_seconds_count{"); ok && !strings.HasPrefix(rest, `query="JobsBacklog"`) {
			_, count, _ := strings.Cut(rest, "} ")
			n, err := strconv.Atoi(count)
			if err != nil {
				t.Fatalf("%s: %v", rest, err)
			}
			sum += n
		}
	}
	return sum
}
