// Package migrations has the numbered migrations of the database schema, embedded
// in the binary.
package migrations

import "embed"

// FS holds the .sql files, and in the folder app those of the product that is built
// on this program. Their numbers are independent.
//
//go:embed *.sql app/*
var FS embed.FS
