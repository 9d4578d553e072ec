package pg

import "strings"

// QueryName returns the name of a statement in metrics and traces: that of its
// "-- name:" comment, which sqlc keeps, or begin, commit or rollback, or "unnamed".
// It contains no part of a statement that could be user input.
func QueryName(sql string) string {
	if rest, ok := strings.CutPrefix(sql, "-- name: "); ok {
		name, _, _ := strings.Cut(rest, " ")
		return name
	}
	switch verb, _, _ := strings.Cut(sql, " "); verb { // "begin isolation level read committed"
	case "begin", "commit", "rollback":
		return verb
	}
	return "unnamed"
}
