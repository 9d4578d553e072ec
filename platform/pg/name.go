package pg

import "strings"

// QueryName returns the name by which a statement is measured: that of its
// "-- name:" comment, which sqlc keeps, or what it does to a transaction, or
// "unnamed". No part of a statement that could come from outside is in it.
func QueryName(sql string) string {
	if rest, ok := strings.CutPrefix(sql, "-- name: "); ok {
		name, _, _ := strings.Cut(rest, " ")
		return name
	}
	switch sql {
	case "begin", "commit", "rollback":
		return sql
	}
	return "unnamed"
}
