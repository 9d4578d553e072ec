package journeys

import (
	"fmt"
	"testing"
)

// Post writes letters as the program's verbs do, one to each address, with the
// jobs that deliver them.
func (a *App) Post(t testing.TB, name string, addresses ...string) {
	t.Helper()
	a.Exec(t, `
		WITH made AS (
			INSERT INTO letters (id, kind, message_id, address, name, facts)
			SELECT id, 'new_device', id || '@stoa.test', address, $1, '{"ip": "203.0.113.7", "device": "Firefox on Linux", "at": "1 Mar 2026, 09:30 UTC"}'
			FROM (SELECT gen_random_uuid() AS id, address FROM unnest($2::text[]) AS address) AS each
			RETURNING id)
		INSERT INTO river.river_job (kind, args, max_attempts)
		SELECT 'letter', jsonb_build_object('letter', id), 500 FROM made`, name, addresses)
}

// Recipients returns so many addresses that nobody else has.
func Recipients(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("reader-%d@example.com", people.Add(1))
	}
	return list
}

// waiting returns how many letters are still to be delivered.
func (a *App) waiting(t testing.TB) int {
	t.Helper()
	return Ask[int](t, a, "SELECT count(*) FROM letters WHERE finished_at IS NULL")
}
