package arch_test

import (
	"flag"
	"os"
	"slices"
	"testing"

	"stoa/test/arch"
)

// The layers: each folder at the root with Go code, and the folders it may import.
var layers = map[string]arch.Layer{
	"cmd":        {Ours: []string{"cmd", "handlers", "views", "static", "domain", "platform", "db", "migrations"}},
	"handlers":   {Ours: []string{"handlers", "views", "static", "domain", "platform"}},
	"views":      {Ours: []string{"views", "static"}},
	"static":     {},
	"domain":     {Ours: []string{"domain", "platform", "db"}},
	"platform":   {Ours: []string{"platform"}}, // and db, when queries/ has a file of that name
	"db":         {Only: []string{"github.com/jackc/pgx/v5", "github.com/google/uuid"}},
	"migrations": {},
	"test":       {Ours: []string{"test", "migrations", "platform"}}, // tests use the program from outside
}

// Libraries and folders that only some folders may import.
var kept = map[string][]string{
	"domain/operators":         {"cmd"}, // its methods check no password: handlers for users must not call them
	"github.com/gofiber/":      {"cmd", "handlers", "views", "test"},
	"github.com/jackc/pgx":     {"cmd", "domain", "platform", "db", "test"},
	"github.com/pressly/goose": {"platform/pg"},
	"github.com/caarlos0/env":  {"cmd/stoa/config"},
	"github.com/joho/godotenv": {"cmd/stoa/config"},
	"github.com/alecthomas/":   {"cmd"},
	"github.com/golang-jwt/":   {"platform/signing", "test"},
	"github.com/minio/":        {"platform/blob"},
	"golang.org/x/crypto":      {"platform/secret", "test"},
	"github.com/prometheus/":   {"platform/metrics"},
	"go.opentelemetry.io/":     {"platform/traces"},
	"github.com/getsentry/":    {"platform/reports"},
	"golang.org/x/image":       {"platform/picture"},
	"github.com/kovidgoyal/":   {"platform/picture"},
	"github.com/riverqueue/":   {"platform/jobs", "platform/pg"},
	"github.com/wneessen/":     {"platform/mail"},
}

// Inside domain a package may import packages of earlier steps. A new noun needs no
// line here.
var order = [][]string{
	{"scope"},
	{"internal/userrow", "userdata", "emailaddr"},
	{"audit"},
	{"passwords", "onetime", "mailer"},
	{"sessions"},
	{"accounts"},
	{arch.Nouns},
	{"signin"},
	{"operators"},
	{"personaldata"},
}

// The folders at the root. Adopters keep code of their own in app.
var root = []string{
	"app", "cmd", "db", "deploy", "docs", "domain", "handlers", "migrations", "platform", "queries", "static", "test", "tools", "views",
}

const storedNames = "test/arch/testdata/stored_names.txt"

var update = flag.Bool("update", false, "add the new names of the source to "+storedNames)

func TestArchitecture(t *testing.T) {
	t.Parallel()
	tree, err := arch.Load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("../../"+storedNames, []byte(arch.AddStoredNames(tree, storedNames)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for name, wrong := range map[string][]string{
		"the root has its folders":        arch.RootFolders(tree, root...),
		"stored names stay":               arch.StoredNames(tree, storedNames),
		"comments have plain words":       arch.PlainWords(tree, t.Logf),
		"imports point one way":           arch.Imports(tree, layers, kept),
		"domain has an order":             arch.DomainOrder(tree, order),
		"queries stay home":               arch.QueriesStayHome(tree),
		"rows stay inside":                arch.RowsStayInside(tree),
		"transactions begin in one place": arch.TransactionsBeginInOnePlace(tree),
		"handlers open no transaction":    arch.HandlersOpenNoTransaction(tree),
		"the environment is read once":    arch.EnvironmentIsReadOnce(tree),
		".env.example is complete":        arch.EnvExampleIsComplete(tree),
		"only respond knows htmx":         arch.OnlyRespondKnowsHTMX(tree),
		"nothing runs unwatched":          arch.NothingRunsUnwatched(tree),
		"logs go through slog":            arch.LogsThroughSlog(tree),
		"tests do not sleep":              arch.TestsDoNotSleep(tree),
		"names say what":                  arch.NamesSayWhat(tree),
		"pages have structs":              arch.PagesHaveStructs(tree),
		"templates need no script":        arch.TemplatesNeedNoScript(tree),
		"controls hide no property":       arch.ControlsHideNoProperty(tree),
		"template names are their paths":  arch.TemplateNamesAreTheirPaths(tree),
		"migrations are numbered":         arch.MigrationsAreNumbered(tree),
		"migrations only expand":          arch.MigrationsOnlyExpand(tree),
		"tenants are walled off":          arch.TenantsAreWalledOff(tree),
		"smuggled requests are refused":   arch.SmugglingIsRefused(tree),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slices.Sort(wrong)
			for _, sentence := range wrong {
				t.Error(sentence)
			}
		})
	}
}
