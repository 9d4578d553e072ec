package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// StoredNames compares the names in the source that are stored, or read from
// outside the program, with a list, one name a line. A name of the list must
// stay: database rows, jobs, tokens and cookies of the release before contain it,
// and dashboards and settings refer to it.
func StoredNames(t *Tree, list string) []string {
	found := t.storedNames()
	listed := map[string]bool{}
	var wrong []string
	for line := range strings.Lines(t.text(list)) {
		name := strings.TrimSpace(line)
		if name == "" || name[0] == '#' {
			continue
		}
		listed[name] = true
		if !found[name] {
			wrong = append(wrong, fmt.Sprintf("%s: the source has no %q any more; this name is stored or read from outside, so put it back: the Go identifier beside it may change, the name may not", list, name))
		}
	}
	for name := range found {
		if !listed[name] {
			wrong = append(wrong, fmt.Sprintf("%s: %q is new; if the name may stay as it is for ever, run make generate", list, name))
		}
	}
	return wrong
}

// AddStoredNames returns the sorted content of the list with the new names of the
// source. It removes no name.
func AddStoredNames(t *Tree, list string) string {
	var head, names []string
	for line := range strings.Lines(t.text(list)) {
		if line[0] == '#' {
			head = append(head, line)
		} else {
			names = append(names, line)
		}
	}
	for name := range t.storedNames() {
		names = append(names, name+"\n")
	}
	slices.Sort(names)
	return strings.Join(append(head, slices.Compact(names)...), "")
}

// storedNames returns each name after its kind, such as "job letter".
func (t *Tree) storedNames() map[string]bool {
	s := &stored{names: map[string]bool{}, consts: map[string]string{}, structs: map[string]*ast.StructType{}}
	for f := range t.program {
		if !f.under("test") {
			s.declarations(f)
		}
	}
	for f := range t.program {
		if !f.under("test") {
			s.read(f)
		}
	}
	for _, sql := range s.consts {
		s.schema(sql) // of a table that no migration creates
	}
	for _, name := range t.migrations() {
		s.add("migration", strings.TrimPrefix(name, "migrations/"))
		s.schema(sqlComment.ReplaceAllString(t.text(name), ""))
	}
	return s.names
}

// stored collects names. consts and structs are those of the packages, by
// folder and name.
type stored struct {
	names   map[string]bool
	consts  map[string]string
	structs map[string]*ast.StructType
}

func (s *stored) add(kind, name string) { s.names[kind+" "+name] = true }

func (s *stored) declarations(f *file) {
	ast.Inspect(f.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, value := range n.Values {
				if text, ok := literal(value); ok {
					s.consts[f.dir+"."+n.Names[i].Name] = text
				}
			}
		case *ast.TypeSpec:
			if fields, ok := n.Type.(*ast.StructType); ok {
				s.structs[f.dir+"."+n.Name.Name] = fields
			}
		}
		return true
	})
}

// outward matches names of cookies, metrics, database roles and tokens.
var outward = regexp.MustCompile(`^stoa_[a-z_]+$`)

func (s *stored) read(f *file) {
	ast.Inspect(f.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			s.job(f, n)
		case *ast.ValueSpec:
			s.typed(f, n)
		case *ast.CallExpr:
			s.keyPurpose(f, n)
			s.logFields(n)
			s.apiCall(n)
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Queue" {
				s.addLiteral("job queue", n.Value)
			}
		case *ast.Field:
			if name, ok := tagOf(n, "env"); ok {
				s.add("setting", name)
			}
		case *ast.BasicLit:
			if text, ok := literal(n); ok && outward.MatchString(text) {
				s.add("name", text)
			}
		}
		return true
	})
}

// job adds the kind of a job and its arguments: the method Kind of a struct.
func (s *stored) job(f *file, decl *ast.FuncDecl) {
	if decl.Name.Name != "Kind" || decl.Recv == nil || len(decl.Body.List) != 1 {
		return
	}
	result, ok := decl.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(result.Results) != 1 {
		return
	}
	kind, ok := literal(result.Results[0])
	if !ok {
		return
	}
	s.add("job", kind)
	if args := s.structs[f.dir+"."+receiver(decl)]; args != nil {
		for _, field := range args.Fields.List {
			if name, ok := tagOf(field, "json"); ok {
				s.add("job argument", kind+"."+name)
			}
		}
	}
}

// storedTypes are the types of constants that are stored.
var storedTypes = map[string]string{
	"audit.Event": "audit event", "onetime.Purpose": "link purpose", "mailer.Kind": "email kind",
}

func (s *stored) typed(f *file, spec *ast.ValueSpec) {
	var name string
	switch of := spec.Type.(type) {
	case *ast.Ident:
		name = f.Name.Name + "." + of.Name
	case *ast.SelectorExpr:
		name = dotted(of)
	}
	if kind := storedTypes[name]; kind != "" {
		for _, value := range spec.Values {
			s.addLiteral(kind, value)
		}
	}
}

var keyMethods = []string{"Sign", "SignAll", "Verify", "Seal", "Open"}

// keyPurpose adds the purpose of a derived key: the first argument of the methods
// of secret.Keys, a string literal or a constant of the package.
func (s *stored) keyPurpose(f *file, call *ast.CallExpr) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains(keyMethods, method.Sel.Name) || len(call.Args) < 2 {
		return
	}
	s.addLiteral("key purpose", call.Args[0])
	if name, ok := call.Args[0].(*ast.Ident); ok && s.consts[f.dir+"."+name.Name] != "" {
		s.add("key purpose", s.consts[f.dir+"."+name.Name])
	}
}

var (
	attribute = regexp.MustCompile(`^slog\.(String|Int|Int64|Bool|Duration|Time|Float64|Any|Group)$`)
	logCall   = regexp.MustCompile(`(^|\.)s?[lL]og\.(Debug|Info|Warn|Error)(Context)?$`)
)

// logFields adds the fields of a log line: the keys of attributes, and every
// second argument after the message.
func (s *stored) logFields(call *ast.CallExpr) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return
	}
	if attribute.MatchString(dotted(method)) {
		s.addLiteral("log field", call.Args[0])
	}
	match := logCall.FindStringSubmatch(dotted(method))
	if match == nil {
		return
	}
	first := 1 // after the message
	if match[3] != "" {
		first = 2 // and the context
	}
	for i := first; i < len(call.Args); i += 2 {
		s.addLiteral("log field", call.Args[i])
	}
}

// apiPath matches the paths of calls that other programs make.
var apiPath = regexp.MustCompile(`^/(api|\.well-known)/`)

// apiCall adds a route of the API, as a resource declares it: to.Calls.Get(path, …).
func (s *stored) apiCall(call *ast.CallExpr) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) != 2 || !slices.Contains([]string{"Get", "Post", "Put", "Patch", "Delete"}, method.Sel.Name) {
		return
	}
	if path, ok := literal(call.Args[0]); ok && apiPath.MatchString(path) {
		s.add("API call", strings.ToUpper(method.Sel.Name)+" "+path)
	}
}

func (s *stored) addLiteral(kind string, value ast.Expr) {
	if text, ok := literal(value); ok {
		s.add(kind, text)
	}
}

var (
	createdTable = regexp.MustCompile(`(?s)CREATE (?:UNLOGGED )?(?:TABLE|VIEW) (?:IF NOT EXISTS )?(\w+)(?: \((.*?)\n\))?`)
	tableColumn  = regexp.MustCompile(`(?m)^\s+([a-z_]+)\s+[a-z]`)
	alteredTable = regexp.MustCompile(`ALTER TABLE (?:ONLY )?(\w+)([^;]*)`)
	addedColumn  = regexp.MustCompile(`ADD COLUMN (?:IF NOT EXISTS )?(\w+)`)
)

// schema adds the tables and columns that a migration creates. Migrations write
// keywords in capitals and each column on a line of its own.
func (s *stored) schema(sql string) {
	for _, table := range createdTable.FindAllStringSubmatch(sql, -1) {
		s.add("table", table[1])
		for _, column := range tableColumn.FindAllStringSubmatch(table[2], -1) {
			s.add("column", table[1]+"."+column[1])
		}
	}
	for _, table := range alteredTable.FindAllStringSubmatch(sql, -1) {
		for _, column := range addedColumn.FindAllStringSubmatch(table[2], -1) {
			s.add("column", table[1]+"."+column[1])
		}
	}
}

// literal returns the value of a string literal.
func literal(value ast.Expr) (string, bool) {
	lit, ok := value.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// dotted returns a selector such as p.log.Info as text. The
// text begins with a dot when the operand is not a name.
func dotted(sel *ast.SelectorExpr) string {
	switch x := sel.X.(type) {
	case *ast.Ident:
		return x.Name + "." + sel.Sel.Name
	case *ast.SelectorExpr:
		return dotted(x) + "." + sel.Sel.Name
	}
	return "." + sel.Sel.Name
}

// tagOf returns the name in a field's tag, without its options.
func tagOf(field *ast.Field, key string) (string, bool) {
	if field.Tag == nil {
		return "", false
	}
	text, _ := strconv.Unquote(field.Tag.Value) // the parser has read it already
	name, _, _ := strings.Cut(reflect.StructTag(text).Get(key), ",")
	return name, name != ""
}
