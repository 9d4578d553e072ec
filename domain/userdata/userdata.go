// Package userdata lists the parts of a user's data. Each package that keeps such
// data adds its part; personaldata exports and erases all of them.
package userdata

import (
	"context"

	"stoa/domain/scope"
	"stoa/platform/pg"
)

// Part is the data about a user in one package. The scope of its functions has the
// user as stored.
type Part struct {
	// Name is the name of the data in an export.
	Name string
	// Shown is the name of the data for people, such as "your bookmarks".
	Shown string
	// Tables are the tables with the data: each table that refers to a user belongs
	// to one part.
	Tables []string
	// Export returns the data of the acting user, without secrets. It is nil when
	// the export of another part has the data, or with a reason in NotExported.
	Export func(context.Context, *pg.Tx, scope.Scope) (any, error)
	// Erase deletes the data of the acting user. It is nil when the database deletes
	// the data with the row of the user, or with a reason in Kept.
	Erase func(context.Context, *pg.Tx, scope.Scope) error
	// NotExported is the reason why there is no Export.
	NotExported string
	// Kept is the reason why rows stay when the user is erased.
	Kept string
}

// Parts are the parts of all packages.
type Parts struct{ all []Part }

// Add adds a part.
func (p *Parts) Add(part Part) { p.all = append(p.all, part) }

// All returns the parts in the order in which they were added.
func (p *Parts) All() []Part { return p.all }
