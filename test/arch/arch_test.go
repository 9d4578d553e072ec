package arch

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// clean is a small tree that breaks no rule.
var clean = map[string]string{
	"go.mod":     "module example\nrequire github.com/valyala/fasthttp v1.77.0\n",
	".gitignore": "/bin/\n/node_modules/\n*.out\n",
	"bin/x.md":   "whose\n",
	"names.txt": "# these stay\ncolumn orgs.id\ncolumn orgs.seats\ncolumn seats.org_id\ntable orgs\ntable seats\nsetting PORT\nmigration 00001_orgs.sql\nmigration 00002_orgs_seats.sql\n" +
		"job count\njob argument count.org\njob queue slow\nkey purpose seat\naudit event org.made\nlog field org\nlog field took\nname stoa_orgs_total\nAPI call GET /api/orgs\n",
	"domain/orgs/names.go": "package orgs\nimport \"example/domain/audit\"\nconst seat = \"seat\"\nconst Made audit.Event = \"org.made\"\ntype count struct {\n\tOrg string `json:\"org,omitempty\"`\n}\n" +
		"func (count) Kind() string { return \"count\" }\nfunc f() {\n\tkeys.Sign(seat, nil)\n\tnew(Job{Queue: \"slow\"})\n\tslog.InfoContext(ctx, \"made\", \"org\", 1)\n\tslog.Int(\"took\", 1)\n\tcounts(\"stoa_orgs_total\")\n}\n",
	".env.example":                    "# the port\nPORT=3000\n",
	"cmd/stoa/config/config.go":       "package config\nimport \"os\"\nimport _ \"example/domain/operators\"\ntype Config struct {\n\tPort int `env:\"PORT\"`\n}\nvar _ = os.Getenv(\"PORT\")\n",
	"queries/orgs.sql":                "-- name: OrgByID :one\nSELECT 1;\n",
	"queries/limits.sql":              "-- name: LimitTake :one\nSELECT 1;\n",
	"db/orgs.sql.go":                  "package db\nimport _ \"github.com/jackc/pgx/v5\"\n",
	"migrations/00001_orgs.sql":       "CREATE TABLE orgs (\n\tid uuid\n);\n",
	"migrations/00002_orgs_seats.sql": "ALTER TABLE orgs ADD COLUMN seats integer NOT NULL DEFAULT 1;\n-- contract: not read since v0.1.0\nALTER TABLE orgs DROP COLUMN name;\nCREATE TABLE seats (\n\torg_id uuid\n);\nALTER TABLE seats ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;\n",
	"platform/limit/limit.go":         "package limit\nimport \"example/db\"\nfunc Take(d db.DBTX) { db.New().LimitTake(d) }\n",
	"platform/pg/tx.go":               "package pg\nfunc (d *DB) Tx() { d.pool.Begin(ctx) }\n",
	"platform/pg/pg_test.go":          "package pg\nimport (\n\"testing/synctest\"\n\"time\"\n)\nfunc f() { synctest.Wait(); time.Sleep(1) }\n",
	"platform/metrics/http.go":        "package metrics\nfunc f(m metrics) { m.Begin() }\n",
	"domain/scope/scope.go":           "package scope\n",
	"domain/scope/scope_test.go":      "package scope\nimport \"time\"\nfunc f() { for !done() { time.Sleep(1) } }\n",
	"test/bench/main.go":              "package main\nimport \"time\"\nfunc f() { time.Sleep(1) }\n",
	"domain/domaintest/people.go":     "package domaintest\nimport \"os\"\nimport _ \"example/domain/orgs\"\nvar _ = os.Getenv(\"TEST_DATABASE_URL\")\n",
	"domain/orgs/orgs.go":             "package orgs\nimport (\n\"example/db\"\n\"example/domain/scope\"\n)\ntype Org struct{ row db.Org }\nfunc (o *Org) find() db.Org { return db.New().OrgByID() }\n",
	"handlers/respond/htmx.go":        "package respond\nconst header = \"HX-Redirect\"\n",
	"handlers/api/orgs.go":            "package api\nfunc (o Orgs) Routes(to *route.Table) {\n\tto.OwnCalls.Get(\"/api/orgs\", o.List)\n\tto.Own.Get(\"/orgs\", o.List)\n}\n",
	"handlers/browser/orgs.go":        "package browser\nimport (\n_ \"github.com/gofiber/fiber/v2\"\n_ \"example/domain/orgs\"\n)\n",
	"views/orgs.go":                   "package views\n\n// Orgs is orgs/orgs; its fragment is orgs/_form.\ntype Orgs struct{}\n",
	"views/orgs/orgs.html":            `{{template "orgs/_form" .}}{{template "shared/field" .Name}}<a href="/orgs" hx-get="/orgs">x</a><script src="/app.js"></script>`,
	"views/orgs/_form.html":           `<form method="post" action="/orgs" hx-post="/orgs"><input type="hidden" name="_csrf"></form>`,
	"views/shared/field.html":         `<p class="field">{{/* style="x" */}}</p>`,
	"node_modules/x/util/util.go":     "package util\n",
	"arch_test.go":                    "package stoa_test\n",
}

var (
	layers = map[string]Layer{
		"cmd": {Ours: []string{"domain"}}, "handlers": {Ours: []string{"handlers", "domain", "platform"}}, "views": {}, "platform": {Ours: []string{"platform"}},
		"domain": {Ours: []string{"domain", "platform", "db"}}, "db": {Only: []string{"github.com/jackc/pgx/v5"}}, "test": {},
	}
	kept  = map[string][]string{"github.com/gofiber/": {"handlers"}, "domain/operators": {"cmd"}}
	order = [][]string{{"scope"}, {"audit", "flags"}, {Nouns}, {"orgs"}}
)

var rules = map[string]func(*Tree) []string{
	"folders": func(t *Tree) []string {
		return RootFolders(t, "cmd", "queries", "db", "migrations", "platform", "domain", "handlers", "views", "test")
	},
	"stored":       func(t *Tree) []string { return StoredNames(t, "names.txt") },
	"words":        func(t *Tree) []string { return PlainWords(t, func(string, ...any) {}) },
	"imports":      func(t *Tree) []string { return Imports(t, layers, kept) },
	"order":        func(t *Tree) []string { return DomainOrder(t, order) },
	"queries":      QueriesStayHome,
	"rows":         RowsStayInside,
	"transactions": TransactionsBeginInOnePlace,
	"handlers":     HandlersOpenNoTransaction,
	"environment":  EnvironmentIsReadOnce,
	"example":      EnvExampleIsComplete,
	"htmx":         OnlyRespondKnowsHTMX,
	"goroutines":   NothingRunsUnwatched,
	"logs":         LogsThroughSlog,
	"sleep":        TestsDoNotSleep,
	"names":        NamesSayWhat,
	"pages":        PagesHaveStructs,
	"script":       TemplatesNeedNoScript,
	"controls":     ControlsHideNoProperty,
	"defines":      TemplateNamesAreTheirPaths,
	"migrations":   MigrationsAreNumbered,
	"expand":       MigrationsOnlyExpand,
	"tenants":      TenantsAreWalledOff,
	"smuggling":    SmugglingIsRefused,
}

// load parses the clean tree with some files added or replaced.
func load(t *testing.T, changes map[string]string) *Tree {
	t.Helper()
	files := fstest.MapFS{}
	all := maps.Clone(clean)
	maps.Copy(all, changes)
	for name, text := range all {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	tree, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestRules_AcceptACleanTree(t *testing.T) {
	t.Parallel()
	tree := load(t, nil)
	for name, rule := range rules {
		if wrong := rule(tree); len(wrong) > 0 {
			t.Errorf("%s: %q, want nothing", name, wrong)
		}
	}
}

// Each rule finds its fault: one change to the clean tree, one sentence about it.
func TestRules_FindFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ rule, path, text, want string }{
		{"folders", "internal/x.sh", "", "the root has a folder internal; move it into one of the others"},
		{"stored", "names.txt", "table users\n", `the source has no "table users" any more`},
		{"stored", "names.txt", "", `"table orgs" is new`},
		{"stored", "migrations/00002_orgs_seats.sql", "ALTER TABLE orgs ADD COLUMN places integer;\n", `no "column orgs.seats"`},
		{"stored", "domain/orgs/names.go", "package orgs\n", `no "job queue slow"`},
		{"stored", "handlers/api/orgs.go", "package api\n", `no "API call GET /api/orgs"`},
		{"words", "domain/orgs/x.go", "// Package orgs serves whoever asks.\npackage orgs\n", "domain/orgs/x.go:1: // Package orgs serves whoever asks. — begin with"},
		{"words", "docs/x.md", "# Orgs\n\nWhose seat it is\n", "docs/x.md:3: Whose seat it is — begin with"},
		{"imports", "go.mod", "module other\n", "no file imports other/…, so this rule about imports of this module checks nothing"},
		{"imports", "handlers/browser/orgs.go", "package browser\n", "no file imports github.com/gofiber/…"},
		{"imports", "handlers/browser/x.go", "package browser\nimport _ \"example/domain/operators\"\n", "it is kept for cmd"},
		{"imports", "handlers/api/x.go", "package api\nimport _ \"example/db\"\n", "handlers/api imports example/db; handlers may import handlers, domain, platform only"},
		{"imports", "domain/orgs/x.go", "package orgs\nimport _ \"example/handlers/respond\"\n", "domain may import domain, platform, db only"},
		{"imports", "domain/orgs/x.go", "package orgs\nimport _ \"github.com/gofiber/fiber/v2\"\n", "kept for handlers"},
		{"imports", "platform/mail/x.go", "package mail\nimport _ \"example/db\"\n", "platform may import platform only"},
		{"imports", "db/x.go", "package db\nimport _ \"github.com/google/go-cmp/cmp\"\n", "db may import github.com/jackc/pgx/v5 and the standard library only"},
		{"imports", "internal/x.go", "package internal\n", "the folder internal is in no layer"},
		{"order", "domain/scope/x.go", "package scope\nimport _ \"example/domain/orgs\"\n", "domain/scope imports domain/orgs, which is not in an earlier step"},
		{"order", "domain/flags/x.go", "package flags\nimport _ \"example/domain/audit\"\n", "domain/flags imports domain/audit"},
		{"order", "domain/audit/x.go", "package audit\nimport _ \"example/domain/billing\"\n", "domain/audit imports domain/billing"},
		{"order", "go.mod", "module other\n", "no file imports other/domain/…"},
		{"queries", "domain/audit/x.go", "package audit\nimport \"example/db\"\nvar _ = db.New().OrgByID\n", "domain/audit calls OrgByID of queries/orgs.sql"},
		{"queries", "queries/audit.sql", "-- name: AuditInsert :exec\nSELECT 1;\n", "no code calls the query AuditInsert"},
		{"rows", "domain/orgs/x.go", "package orgs\nimport \"example/db\"\nfunc (o *Org) List() []*db.Org { return nil }\n", "db.Org is a generated type in an exported signature"},
		{"rows", "domain/orgs/x.go", "package orgs\nimport \"example/db\"\ntype Page struct{ Rows []db.Org }\n", "db.Org"},
		{"rows", "domain/orgs/x.go", "package orgs\nimport \"example/db\"\ntype Row = db.Org\n", "db.Org"},
		{"rows", "domain/orgs/x.go", "package orgs\nimport \"example/db\"\nvar Last *db.Org\n", "db.Org"},
		{"rows", "go.mod", "module other\n", "no file imports other/db…"},
		{"transactions", "domain/orgs/x.go", "package orgs\nfunc f(p pool) { p.BeginTx(ctx, options) }\n", "BeginTx begins a transaction; use (*pg.DB).Tx"},
		{"handlers", "handlers/browser/x.go", "package browser\nfunc f(a *accounts.Accounts) { a.DB.Tx(ctx, do) }\n", "a handler uses a transaction"},
		{"transactions", "cmd/stoa/x.go", "package main\nfunc f(p pool) { p.Exec(\"begin isolation level serializable\") }\n", "begins a transaction"},
		{"environment", "platform/mail/x.go", "package mail\nimport \"os\"\nvar _ = os.Getenv(\"X\")\n", "os.Getenv; only the configuration reads settings"},
		{"example", ".env.example", "PORT=3000\nPROT=3000\n", "cmd has no setting PROT"},
		{"example", ".env.example", "# PORT=3000\n", "PORT is missing"},
		{"htmx", "handlers/browser/x.go", "package browser\nfunc f(c ctx) { c.Set(\"hx-redirect\", \"/\") }\n", `"hx-redirect" belongs to htmx`},
		{"goroutines", "domain/orgs/x.go", "package orgs\nfunc f() { go f() }\n", "the program does not wait for this goroutine"},
		{"logs", "handlers/browser/x.go", "package browser\nimport \"fmt\"\nfunc f() { fmt.Println() }\n", "fmt.Println; log with slog.InfoContext"},
		{"sleep", "domain/orgs/x_test.go", "package orgs\nimport \"time\"\nfunc f() { time.Sleep(1) }\n", "wait for the condition itself"},
		{"sleep", "domain/orgs/x_test.go", "package orgs\nimport \"time\"\nfunc f() { for range 3 { time.Sleep(1) } }\n", "wait for the condition itself"},
		{"sleep", "test/rig/x.go", "package rig\nimport \"time\"\nfunc f() { time.Sleep(1) }\n", "wait for the condition itself"},
		{"sleep", "test/bench/x_test.go", "package main\nimport \"time\"\nfunc f() { time.Sleep(1) }\n", "wait for the condition itself"},
		{"names", "platform/util/x.go", "package util\n", "the name util fits any package"},
		{"names", "domain/orgs/helpers/x_test.go", "package x_test\n", "fits any package"},
		{"names", "domain/orgs/x.go", "package orgs\ntype SeatManager struct{}\n", "the name of the type SeatManager describes its construction"},
		{"names", "domain/orgs/x.go", "package orgs\ntype BaseOrg struct{}\n", "the type BaseOrg"},
		{"pages", "views/orgs/new.html", "", `no template includes it and it has no page struct; add one to views, embedding Chrome, with the comment "Name is orgs/new."`},
		{"pages", "views/x.go", "package views\n\n// Gone is orgs/gone.\ntype Gone struct{}\n", "there is no views/orgs/gone.html"},
		{"script", "views/orgs/_form.html", `<form method="post" action="/orgs"></form>`, "posts without a token"},
		{"script", "views/orgs/x.html", `<p style="color:red">`, "inline style or script"},
		{"script", "views/orgs/x.html", `<p onclick="x()">`, "inline style or script"},
		{"script", "views/orgs/x.html", `<p hx-on:click="x()">`, "inline style or script"},
		{"script", "views/orgs/x.html", `<a href="javascript:x()">`, "inline style or script"},
		{"script", "views/orgs/x.html", `<style>p{}</style>`, "inline style or script"},
		{"script", "views/orgs/x.html", `<script>x()</script>`, "is an inline script"},
		{"script", "views/orgs/x.html", `<button hx-post="/orgs">`, "does nothing without JavaScript"},
		{"script", "views/orgs/x.html", `<button hx-get="/orgs">`, "does nothing without JavaScript"},
		{"script", "views/orgs/x.html", `<button hx-delete="/orgs/1">`, "post to a path of its own"},
		{"controls", "views/orgs/_form.html", `<input type="hidden" name="_csrf"><select id="x" name="before">`, "views/orgs/_form.html: a control named before hides"},
		{"controls", "views/orgs/_form.html", `<button name="submit">`, "a control named submit"},
		{"controls", "views/x.go", "package views\nvar f = Field{Label: \"Id\", Name: \"id\"}\n", "views/x.go:2: a control named id"},
		{"defines", "views/orgs/x.html", `{{define "row"}}{{end}}`, "begin the name with orgs/x/"},
		{"defines", "views/orgs/x.html", `{{embed}}`, "is a layout"},
		{"migrations", "migrations/00002_orgs.sql", "", "migrations/00002_orgs_seats.sql: want 00003_context_word.sql"},
		{"migrations", "migrations/3-orgs.sql", "", "want 00003_context_word.sql"},
		{"migrations", "migrations/app/00003_bookmarks.sql", "", "migrations/app/00003_bookmarks.sql: want 00001_context_word.sql"},
		{"expand", "migrations/00003_orgs_name.sql", "ALTER TABLE orgs RENAME COLUMN id TO key;", "RENAME"},
		{"expand", "migrations/00003_orgs_name.sql", "ALTER TABLE orgs\n\tDROP COLUMN id;", "DROP COLUMN"},
		{"expand", "migrations/00003_orgs_name.sql", "ALTER TABLE orgs ADD COLUMN name text NOT NULL;", "NOT NULL"},
		{"expand", "migrations/app/00001_bookmarks.sql", "ALTER TABLE bookmarks DROP COLUMN id;", "migrations/app/00001_bookmarks.sql: \"DROP COLUMN\""},
		{"expand", "migrations/00003_orgs_name.sql", "ALTER TABLE orgs ALTER COLUMN id SET NOT NULL;", "NOT NULL"},
		{"expand", "migrations/00003_orgs_name.sql", "-- contract: said; not done\nSELECT 1;\nDROP TABLE orgs;", "DROP TABLE"},
		{"tenants", "migrations/00003_orgs_keys.sql", "CREATE TABLE keys (\n\torg_id uuid\n);\n", "keys has org_id and no ALTER TABLE keys ENABLE ROW LEVEL SECURITY"},
		{"tenants", "migrations/00003_orgs_keys.sql", "create table keys (\n\torg_id uuid\n);\nalter table keys enable row level security;\n", "FORCE ROW LEVEL SECURITY"},
		{"smuggling", "go.mod", "module example\nrequire github.com/valyala/fasthttp v1.51.0\n", "accepts smuggled requests"},
		{"smuggling", "go.mod", "module example\n", "does not pin"},
	} {
		wrong := rules[tt.rule](load(t, map[string]string{tt.path: tt.text}))
		if len(wrong) == 0 || !strings.Contains(strings.Join(wrong, "\n"), tt.want) {
			t.Errorf("%s with %s %q: %q, want a sentence with %q", tt.rule, tt.path, tt.text, wrong, tt.want)
		}
	}
}

func TestAddStoredNames_KeepsAndSorts(t *testing.T) {
	t.Parallel()
	list := clean["names.txt"]
	got := AddStoredNames(load(t, map[string]string{"names.txt": "# these stay\ntable users\n"}), "names.txt")
	want := strings.SplitAfter(list+"table users\n", "\n")
	slices.Sort(want)
	if got != strings.Join(want, "") {
		t.Errorf("got %q, want %q", got, strings.Join(want, ""))
	}
}

func TestLoad_InvalidTree(t *testing.T) {
	t.Parallel()
	module := &fstest.MapFile{Data: []byte("module example\n")}
	if _, err := Load(fstest.MapFS{"go.mod": module, "x.go": {Data: []byte("not Go")}}); err == nil {
		t.Error("Load of a broken file: no error")
	}
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("Load without go.mod: no error")
	}
}
