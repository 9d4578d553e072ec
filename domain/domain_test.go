package domain_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"stoa/domain/domaintest"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/domain/userdata"
	"stoa/migrations/seed"
)

// Each package is constructed from a configuration that is checked: a part that is
// missing there is named, and is not a nil pointer somewhere in the constructor.
func TestNew_ChecksEachConfig(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("domain.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range regexp.MustCompile(`(\w+\.New\()(\S*)`).FindAllStringSubmatch(string(source), -1) {
		if !strings.HasPrefix(call[2], "wiring.Checked(") {
			t.Errorf("domain.go has %s%s: write %[1]swiring.Checked(", call[1], call[2])
		}
	}
}

// reference is a table that refers to users.
type reference struct {
	Table    string
	Cascades bool // the database deletes its rows with the user
}

// references returns the tables that refer to users, by a foreign key or by the
// name of a column.
func references(t *testing.T, d *domaintest.Domain) []reference {
	t.Helper()
	rows, err := d.DB.Query(t.Context(), `SELECT c.relname, coalesce(bool_and(k.confdeltype = 'c'), false)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum] AND k.confrelid = 'users'::regclass
		WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND (k.oid IS NOT NULL OR a.attname IN ('user_id', 'actor_id'))
		GROUP BY c.relname ORDER BY c.relname`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[reference])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Each table that refers to users belongs to a part of their data. Its rows are
// exported and deleted with the user, or the part gives the reason why not.
func TestUserData_EveryTableHasAPart(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	owner := map[string]userdata.Part{}
	for _, part := range d.UserData.All() {
		if (part.Export == nil) == (part.NotExported == "") {
			t.Errorf("the part %s needs either Export or the reason NotExported", part.Name)
		}
		if part.Shown == "" {
			t.Errorf("the part %s has no Shown, the name that the page of the account has for it", part.Name)
		}
		for _, table := range part.Tables {
			if other, taken := owner[table]; taken {
				t.Errorf("the table %s belongs to the parts %s and %s, want one", table, other.Name, part.Name)
			}
			owner[table] = part
		}
	}
	for _, r := range references(t, d) {
		part, ok := owner[r.Table]
		switch {
		case !ok:
			t.Errorf("the table %s refers to users and belongs to no part: add it to the Tables of a userdata.Part in the New of its package", r.Table)
		case !r.Cascades && part.Erase == nil && part.Kept == "":
			t.Errorf("the rows of %s stay when their user is deleted: add ON DELETE CASCADE to its foreign key, or Erase or the reason Kept to the part %s", r.Table, part.Name)
		}
	}
}

// A user with a row in every seeded table exports all parts and is erased without a
// rest.
func TestUserData_ExportedAndErased(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	sc := seeded(t, d)
	data, err := d.PersonalData.Export(t.Context(), sc, "password", domaintest.Password)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range d.UserData.All() {
		if v := reflect.ValueOf(data[part.Name]); part.Export != nil && isSeeded(part) && (!v.IsValid() || v.Kind() == reflect.Slice && v.Len() == 0) {
			t.Errorf("the export has no %s, and the user has rows in one of %v", part.Name, part.Tables)
		}
	}
	if err := d.PersonalData.Delete(t.Context(), sc, "password", domaintest.Password); err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, part := range d.UserData.All() {
		for _, table := range part.Tables {
			kept[table] = part.Kept != ""
		}
	}
	for _, r := range references(t, d) {
		var count int
		query := fmt.Sprintf("SELECT count(*) FROM %s WHERE user_id = $1", pgx.Identifier{r.Table}.Sanitize())
		if err := d.DB.QueryRow(t.Context(), query, sc.User.ID.UUID).Scan(&count); err != nil {
			t.Fatal(err)
		}
		if count > 0 && !kept[r.Table] {
			t.Errorf("%s has %d rows of the erased user, want none", r.Table, count)
		}
	}
}

// seeded returns the scope of a user with seeded rows. The password of the user is
// domaintest.Password.
func seeded(t *testing.T, d *domaintest.Domain) scope.Scope {
	t.Helper()
	registered := d.Register(t, signin.Browser)
	var hash string
	if err := d.DB.QueryRow(t.Context(), "SELECT password_hash FROM users WHERE id = $1", registered.User.ID.UUID).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	n := 1 + rand.IntN(1<<28)
	for _, table := range seed.Tables() {
		d.Exec(t, table.Insert(), n, n, hash)
	}
	return domaintest.Scope(d.SignIn(t, scope.User{Email: seed.Email(n)}, signin.Browser))
}

func isSeeded(part userdata.Part) bool {
	return slices.ContainsFunc(seed.Tables(), func(table seed.Table) bool { return slices.Contains(part.Tables, table.Name) })
}
