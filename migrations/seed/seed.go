// Package seed generates the SQL statements that insert any number of users with
// their rows, for development, query plans and measurements.
package seed

import (
	"fmt"
	"slices"
)

// Email returns the email address of seeded user n; n starts at 1.
func Email(n int) string { return fmt.Sprintf("user-%d@example.com", n) }

// Session returns the identifier of that user's browser session. The table has its
// hash.
func Session(n int) string { return fmt.Sprintf("token %d", n) }

// Last is the query for the number of the last seeded user, or 0.
const Last = `SELECT coalesce(max(substring(email_key FROM '^user-(\d{1,9})@example\.com$')::int), 0) FROM users`

// Table is a table with the SQL that fills it. The values are expressions that may use
// these columns of each user: n (1 is the first user), id, name, address, device, ip,
// key (32 random bytes), created (within 300 days), lately (within 25 days), later
// (within 30 days from now), and those of each. An id of several rows of a user is
// overlay(id::text PLACING to_hex(turn) FROM 18 FOR 1)::uuid for the turns 1 to 15.
type Table struct {
	Name            string
	columns, values string
	each            string // SQL set that is joined to each user, such as generate_series(1, 3) AS turn
}

// tables are the tables of all nouns but users. Each noun adds its own in a file.
var tables []Table

// add adds the tables of a noun, in the order of their references.
func add(noun ...Table) { tables = append(tables, noun...) }

// Tables returns the tables with rows of users, in the order of their references:
// users first.
func Tables() []Table { return append(slices.Clone(accounts), tables...) }

// accounts are the tables that all others refer to.
var accounts = []Table{
	{Name: "users", columns: "id, email, email_key, email_verified_at, name, bio, password_hash, created_at, updated_at",
		values: `id, address, address, CASE WHEN n % 10 > 0 THEN created + interval '5 minutes' END, name,
			CASE WHEN n % 3 = 0 THEN 'Works on **' || device || '** and likes to read.' ELSE '' END, hash, created, created`},
}

// users returns one row for each user from number $1 to $2, with the password hash
// $3. Ids ascend with time, like UUIDv7. Keys are random, like hashes.
const users = `generate_series($1::int, $2::int) AS n
	CROSS JOIN LATERAL (SELECT $3::text AS hash,
		('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
		concat('user-', n, '@example.com') AS address, sha256(convert_to('token ' || n, 'UTF8')) AS key,
		least(now(), now() - interval '300 days' + n * interval '20 seconds') AS created,
		now() - interval '1 hour' * (n % 600) AS lately, now() + interval '1 hour' * (n % 720 + 1) AS later, ('192.0.2.' || n % 254 + 1)::inet AS ip,
		(ARRAY['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Tony', 'Frances', 'Ken'])[n % 8 + 1] || ' ' ||
		(ARRAY['Lovelace', 'Hopper', 'Turing', 'Dijkstra', 'Liskov', 'Hoare', 'Allen', 'Thompson', 'O''Neil'])[n / 8 % 9 + 1] AS name,
		(ARRAY['Firefox on Linux', 'Chrome on Windows', 'Safari on iOS', 'Chrome on Android', 'Safari on macOS'])[n % 5 + 1] AS device
	) AS seeded`

// Insert returns the statement that fills the table for the users from number $1 to
// $2, with the password hash $3.
func (t Table) Insert() string {
	from := users
	if t.each != "" {
		from += " CROSS JOIN " + t.each
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", t.Name, t.columns, t.values, from)
}
