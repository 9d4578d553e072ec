// Package migrations has the numbered migrations of the database schema, embedded
// in the binary.
package migrations

import "embed"

// FS holds the .sql files.
//
//go:embed *.sql
var FS embed.FS
