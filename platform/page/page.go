// Package page has the pages of a list that is read by keyset: the query of a page
// begins after the last row of the page before, so that every page costs the same,
// and rows that are added or deleted meanwhile neither repeat nor skip others.
package page

import (
	"encoding/base64"
	"strings"

	"github.com/go-json-experiment/json"

	"stoa/platform/fault"
)

// Size is how many items a page has.
const Size = 50

// Of is one page of a list.
type Of[T any] struct {
	Items []T
	Next  Cursor // of the next page; "" on the last one
}

// Cut makes the page from up to Size+1 rows: the additional row shows that there
// is a next page. key returns the values of a row by which the query sorts; the
// last of them must be unique.
func Cut[T any](rows []T, key func(T) any) Of[T] {
	if len(rows) <= Size {
		return Of[T]{Items: rows}
	}
	return Of[T]{Items: rows[:Size], Next: after(key(rows[Size-1]))}
}

// Cursor says after which row a page begins. It is opaque to clients and comes from
// them, so that Decode checks it. The empty Cursor is that of the first page.
type Cursor string

// ErrCursor is the Invalid fault for a cursor that no page of the list has returned.
var ErrCursor = fault.InvalidField("cursor", "invalid_cursor", "Begin again without a cursor: this one is not of this list.")

const maxCursor = 2048 // bytes

func after(key any) Cursor {
	text, err := json.Marshal(key)
	if err != nil {
		panic("page: " + err.Error()) // a programming error: the type of a key is fixed
	}
	return Cursor(base64.RawURLEncoding.EncodeToString(text))
}

// Decode sets key, a pointer to what the function key of Cut returns. For the first
// page key stays as it is, so the caller sets it to a value before all rows. It
// returns ErrCursor for text that is not the cursor of such a key.
func (c Cursor) Decode(key any) error {
	if c == "" {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(string(c))
	if err != nil || len(c) > maxCursor || hasNUL(string(text)) || json.Unmarshal(text, key) != nil {
		return ErrCursor
	}
	if after(key) != c { // fields are missing or unknown: the cursor of another list
		return ErrCursor
	}
	return nil
}

// hasNUL reports whether a string in the JSON text has a NUL, which PostgreSQL
// refuses.
func hasNUL(text string) bool {
	return strings.Contains(strings.ReplaceAll(text, `\\`, ""), `\u0000`)
}
