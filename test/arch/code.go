package arch

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

// EnvironmentIsReadOnce finds environment variables that are read outside the
// configuration.
func EnvironmentIsReadOnce(t *Tree) []string {
	return t.selected(func(f *file) bool { return !f.test && !f.under("cmd", "test") },
		[]string{"os.Getenv", "os.LookupEnv", "os.ExpandEnv", "syscall.Getenv"},
		"only the configuration reads settings: add a field to Config and pass the value in")
}

// TestsDoNotSleep finds tests and test support that wait for a fixed time. A
// sleep is allowed in a loop that checks a condition, and in files that use
// testing/synctest, where the clock is simulated. The commands below test, such
// as the benchmark, are not tests.
func TestsDoNotSleep(t *Tree) []string {
	var wrong []string
	for _, f := range t.files {
		support := f.under("test") && f.Name.Name != "main"
		if !strings.HasSuffix(f.path, "_test.go") && !support || f.imports()["testing/synctest"] != nil {
			continue
		}
		polling := f.pollingLoops()
		f.selectors(func(x, name string, node ast.Node) {
			within := func(loop ast.Node) bool { return loop.Pos() <= node.Pos() && node.End() <= loop.End() }
			if x+"."+name == "time.Sleep" && !slices.ContainsFunc(polling, within) {
				wrong = append(wrong, fmt.Sprintf("%s: time.Sleep; it is too long on a fast machine and too short on a slow one: wait for the condition itself", t.at(node)))
			}
		})
	}
	return wrong
}

// pollingLoops returns the loops that call a function in their condition.
func (f *file) pollingLoops() []ast.Node {
	var loops []ast.Node
	ast.Inspect(f.File, func(n ast.Node) bool {
		if loop, ok := n.(*ast.ForStmt); ok && loop.Cond != nil {
			ast.Inspect(loop.Cond, func(part ast.Node) bool {
				if _, ok := part.(*ast.CallExpr); ok {
					loops = append(loops, loop)
				}
				return true
			})
		}
		return true
	})
	return loops
}

// LogsThroughSlog finds output without a request id.
func LogsThroughSlog(t *Tree) []string {
	return t.selected(func(f *file) bool { return !f.test && f.under("handlers", "domain", "platform", "views") },
		[]string{"fmt.Print", "fmt.Println", "fmt.Printf", "log.Print", "log.Println", "log.Printf", "log.Fatal", "log.Fatalf", "log.Panic", "os.Stdout", "os.Stderr"},
		"log with slog.InfoContext or another function of slog, and the request's context, which carries the request id")
}

func (t *Tree) selected(in func(*file) bool, names []string, advice string) []string {
	var wrong []string
	for _, f := range t.files {
		if !in(f) {
			continue
		}
		f.selectors(func(x, name string, node ast.Node) {
			if slices.Contains(names, x+"."+name) {
				wrong = append(wrong, fmt.Sprintf("%s: %s.%s; %s", t.at(node), x, name, advice))
			}
		})
	}
	return wrong
}

var beginSQL = regexp.MustCompile(`(?i)^\s*(begin\s*(;|$)|begin\s+(work|transaction|isolation|read)\b|start\s+transaction\b)`)

// TransactionsBeginInOnePlace finds transactions that are not begun by
// platform/pg, which sets their limits and runs the functions after the commit.
// A call of Begin without arguments begins none: pgx needs the context.
func TransactionsBeginInOnePlace(t *Tree) []string {
	var wrong []string
	begins := []string{"Begin", "BeginTx", "BeginFunc", "BeginTxFunc"}
	for f := range t.program {
		if f.under("platform/pg", "test") {
			continue
		}
		other := f.callsWithoutArguments()
		f.selectors(func(_, name string, node ast.Node) {
			if slices.Contains(begins, name) && !other[node] {
				wrong = append(wrong, fmt.Sprintf("%s: %s begins a transaction; use (*pg.DB).Tx", t.at(node), name))
			}
		})
		f.strings(func(value string, node ast.Node) {
			if beginSQL.MatchString(value) {
				wrong = append(wrong, fmt.Sprintf("%s: %q begins a transaction; use (*pg.DB).Tx", t.at(node), value))
			}
		})
	}
	return wrong
}

// HandlersOpenNoTransaction finds handlers that begin a transaction or take one as
// an argument. Verbs with a transaction as an argument check less than the verbs
// for users: accounts.ReplacePassword needs no current password.
func HandlersOpenNoTransaction(t *Tree) []string {
	var wrong []string
	for f := range t.program {
		if !f.under("handlers") {
			continue
		}
		f.selectors(func(_, name string, node ast.Node) {
			if name == "Tx" {
				wrong = append(wrong, fmt.Sprintf("%s: a handler uses a transaction; call a verb of the domain that opens it", t.at(node)))
			}
		})
	}
	return wrong
}

func (f *file) callsWithoutArguments() map[ast.Node]bool {
	found := map[ast.Node]bool{}
	ast.Inspect(f.File, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 0 {
			found[call.Fun] = true
		}
		return true
	})
	return found
}

// OnlyRespondKnowsHTMX keeps the headers of htmx in one package.
func OnlyRespondKnowsHTMX(t *Tree) []string {
	var wrong []string
	for f := range t.program {
		if f.under("handlers/respond", "test") {
			continue
		}
		f.strings(func(value string, node ast.Node) {
			if strings.Contains(strings.ToUpper(value), "HX-") {
				wrong = append(wrong, fmt.Sprintf("%s: %q belongs to htmx; let handlers/respond decide between page and fragment", t.at(node), value))
			}
		})
	}
	return wrong
}

// NothingRunsUnwatched finds goroutines started by a request. The program does not
// wait for them when it stops, a panic in them ends the program, and Fiber reuses
// the buffers of the request as soon as the handler returns.
func NothingRunsUnwatched(t *Tree) []string {
	var wrong []string
	for f := range t.program {
		if !f.under("handlers", "domain") {
			continue
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			if stmt, ok := n.(*ast.GoStmt); ok {
				wrong = append(wrong, fmt.Sprintf("%s: the program does not wait for this goroutine; do the work in the request, or as a job", t.at(stmt)))
			}
			return true
		})
	}
	return wrong
}

var (
	generic  = regexp.MustCompile(`^(utils?|common|helpers?|misc|models?|services?|base|shared|lib|types|interfaces)$`)
	typeName = regexp.MustCompile(`(Manager|Helper|Utils?|Impl|DTO|Service|Repository)$|^Base[A-Z]`)
)

// NamesSayWhat finds packages and types with names that do not describe their
// content.
func NamesSayWhat(t *Tree) []string {
	var wrong []string
	for _, f := range t.files {
		if name := strings.TrimSuffix(f.Name.Name, "_test"); generic.MatchString(name) || generic.MatchString(path.Base(f.dir)) {
			wrong = append(wrong, fmt.Sprintf("%s: the name %s fits any package; name it after its subject", f.path, name))
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && typeName.MatchString(spec.Name.Name) {
				wrong = append(wrong, fmt.Sprintf("%s: the name of the type %s describes its construction; name it after its use", t.at(spec), spec.Name.Name))
			}
			return true
		})
	}
	return wrong
}
