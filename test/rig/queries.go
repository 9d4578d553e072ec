package rig

import (
	"bufio"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// occasional are queries that a request has only now and then: those of the metrics
// request itself, the notification of the workers, the last use of a session and the
// reload of the keys.
var occasional = []string{"JobsBacklog", "PGNotifyMany", "SessionSeen", "FamilySeen", "SigningKeys"}

// Queries returns the number of queries so far, BEGIN and COMMIT included, without
// the occasional ones.
func (a *App) Queries(t testing.TB) int {
	t.Helper()
	page := a.Browser(t).Fetch(http.MethodGet, "/metrics", nil).Is(http.StatusOK)
	sum := 0
	for lines := bufio.NewScanner(strings.NewReader(page.Body)); lines.Scan(); {
		rest, ok := strings.CutPrefix(lines.Text(), `stoa_db_query_duration_seconds_count{query="`)
		name, count, _ := strings.Cut(rest, `"} `)
		if !ok || slices.Contains(occasional, name) {
			continue
		}
		n, err := strconv.Atoi(count)
		if err != nil {
			t.Fatalf("%s: %v", rest, err)
		}
		sum += n
	}
	return sum
}
