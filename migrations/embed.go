// Package migrations holds the numbered steps of the database's schema, which
// the binary carries with it.
package migrations

import "embed"

// FS holds the .sql files.
//
//go:embed *.sql
var FS embed.FS
