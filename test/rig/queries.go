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

const (
	queryCount   = `stoa_db_query_duration_seconds_count{query="`
	batchQueries = "stoa_db_batch_queries_sum "
	batches      = "stoa_db_batch_queries_count "
)

// RoundTrips returns the number of round trips to the database so far, BEGIN and COMMIT
// included, without those of the occasional queries. The queries of a batch are one.
func (a *App) RoundTrips(t testing.TB) int {
	t.Helper()
	page := a.Browser(t).Fetch(http.MethodGet, "/metrics", nil).Is(http.StatusOK)
	trips := 0
	for lines := bufio.NewScanner(strings.NewReader(page.Body)); lines.Scan(); {
		line := lines.Text()
		if count, ok := strings.CutPrefix(line, batches); ok {
			trips += number(t, count)
		} else if count, ok := strings.CutPrefix(line, batchQueries); ok {
			trips -= number(t, count)
		} else if rest, ok := strings.CutPrefix(line, queryCount); ok {
			if name, count, _ := strings.Cut(rest, `"} `); !slices.Contains(occasional, name) {
				trips += number(t, count)
			}
		}
	}
	return trips
}

func number(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
