package arch

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	envTag  = regexp.MustCompile(`\benv:"([A-Z_]+)"`)
	envLine = regexp.MustCompile(`(?m)^([A-Z_]+)=`)
)

// EnvExampleIsComplete compares .env.example with the settings of cmd.
func EnvExampleIsComplete(t *Tree) []string {
	var settings, wrong []string
	for f := range t.program {
		if !f.under("cmd") {
			continue
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil {
				if match := envTag.FindStringSubmatch(field.Tag.Value); match != nil {
					settings = append(settings, match[1])
				}
			}
			return true
		})
	}
	var lines []string
	for _, match := range envLine.FindAllStringSubmatch(t.text(".env.example"), -1) {
		lines = append(lines, match[1])
		if !slices.Contains(settings, match[1]) {
			wrong = append(wrong, fmt.Sprintf(".env.example: cmd has no setting %s; remove the line", match[1]))
		}
	}
	for _, name := range settings {
		if !slices.Contains(lines, name) {
			wrong = append(wrong, fmt.Sprintf(".env.example: %s is missing; add it with its default and a line about it", name))
		}
	}
	return wrong
}

// RootFolders finds folders at the root that are not allowed.
func RootFolders(t *Tree, allowed ...string) []string {
	var wrong []string
	for _, name := range t.names {
		top, _, nested := strings.Cut(name, "/")
		if nested && !slices.Contains(allowed, top) {
			allowed = append(allowed, top)
			wrong = append(wrong, fmt.Sprintf("%s: the root has a folder %s; move it into one of the others (ARCHITECTURE.md), such as platform, test or tools", name, top))
		}
	}
	return wrong
}

var migrationName = regexp.MustCompile(`^([0-9]{5})_[a-z][a-z_]*\.sql$`)

// migrationFolders have numbers of their own: ours, and those of the product that is
// built on this program.
var migrationFolders = []string{"migrations", "migrations/app"}

// migrations returns the files of both folders, in the order in which they run.
func (t *Tree) migrations() []string {
	var names []string
	for _, folder := range migrationFolders {
		names = append(names, t.matching(folder+"/*.sql")...)
	}
	return names
}

// MigrationsAreNumbered finds gaps and duplicates in the numbers of migrations.
func MigrationsAreNumbered(t *Tree) []string {
	var wrong []string
	for _, folder := range migrationFolders {
		for i, name := range t.matching(folder + "/*.sql") {
			match := migrationName.FindStringSubmatch(path.Base(name))
			if match == nil || match[1] != fmt.Sprintf("%05d", i+1) {
				wrong = append(wrong, fmt.Sprintf("%s: want %05d_context_word.sql, one number after the one before", name, i+1))
			}
		}
	}
	return wrong
}

// narrowing matches changes that break the program of the release before: they
// remove or rename a thing that it uses, or require a value that it does not write.
var narrowing = regexp.MustCompile(`(?i)\b(DROP\s+(TABLE|COLUMN|SCHEMA|TYPE)\b|RENAME\b|(ALTER|ADD)\s+COLUMN\s[^,]*(\bTYPE\b|\bNOT\s+NULL\b))`)

// withDefault matches new columns that get a value in rows of the old program.
var withDefault = regexp.MustCompile(`(?i)ADD\s+COLUMN\s[^,]*\b(DEFAULT|GENERATED)\b`)

var sqlComment = regexp.MustCompile(`--[^\n]*`)

// contraction begins the comment above a statement that removes something. The
// comment names the first release that does not use it.
const contraction = "-- contract: "

// MigrationsOnlyExpand finds migrations that break the program of the release
// before, which uses the new schema too during an upgrade.
func MigrationsOnlyExpand(t *Tree) []string {
	var wrong []string
	for _, name := range t.migrations() {
		text := sqlComment.ReplaceAllStringFunc(t.text(name), func(comment string) string {
			if strings.HasPrefix(comment, contraction) {
				return contraction
			}
			return ""
		})
		for statement := range strings.SplitSeq(text, ";") {
			found := narrowing.FindString(statement)
			if found == "" || withDefault.MatchString(statement) || strings.Contains(statement, contraction) {
				continue
			}
			wrong = append(wrong, fmt.Sprintf("%s: %q breaks the program of the release before: expand now, contract a release later (docs/development.md)", name, strings.Join(strings.Fields(found), " ")))
		}
	}
	return wrong
}

var createTable = regexp.MustCompile(`(?is)CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+)\s*\((.*?)\n\)`)

// TenantsAreWalledOff finds tables with org_id and without forced row-level
// security. It is the second protection, after the scope that every method
// checks.
func TenantsAreWalledOff(t *Tree) []string {
	var all strings.Builder
	for _, name := range t.migrations() {
		all.WriteString(t.text(name))
	}
	sql := strings.ToLower(all.String())
	var wrong []string
	for _, table := range createTable.FindAllStringSubmatch(sql, -1) {
		if !regexp.MustCompile(`\borg_id\b`).MatchString(table[2]) {
			continue
		}
		for _, clause := range []string{"enable row level security", "force row level security"} {
			if !regexp.MustCompile(`alter table ` + table[1] + `[^;]*` + clause).MatchString(sql) {
				wrong = append(wrong, fmt.Sprintf("migrations: %s has org_id and no ALTER TABLE %s %s", table[1], table[1], strings.ToUpper(clause)))
			}
		}
	}
	return wrong
}

var fasthttpVersion = regexp.MustCompile(`github.com/valyala/fasthttp v1\.(\d+)\.`)

// SmugglingIsRefused finds versions of fasthttp below 1.77. Fiber requires 1.51, which
// accepts requests with an unknown Transfer-Encoding or with two Host headers. A
// proxy in front may read such requests differently.
func SmugglingIsRefused(t *Tree) []string {
	match := fasthttpVersion.FindStringSubmatch(t.text("go.mod"))
	if match == nil {
		return []string{"go.mod: does not pin github.com/valyala/fasthttp; require v1.77.0 or above"}
	}
	if minor, err := strconv.Atoi(match[1]); err != nil || minor < 77 {
		return []string{"go.mod: fasthttp below v1.77.0 accepts smuggled requests; go get github.com/valyala/fasthttp@v1.77.0"}
	}
	return nil
}
