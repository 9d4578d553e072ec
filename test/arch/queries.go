package arch

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

var queryName = regexp.MustCompile(`(?m)^-- name: (\w+)`)

// queries returns the file of each query.
func (t *Tree) queries() map[string]string {
	all := map[string]string{}
	for _, name := range t.matching("queries/*.sql") {
		for _, match := range queryName.FindAllStringSubmatch(t.text(name), -1) {
			all[match[1]] = name
		}
	}
	return all
}

// homes returns the folders that may call the queries of a file: the package of
// its name in domain or platform, singular or plural.
func homes(queryFile string) []string {
	noun := strings.TrimSuffix(path.Base(queryFile), ".sql")
	single := strings.TrimSuffix(noun, "s")
	return []string{"domain/" + noun, "domain/" + single, "platform/" + noun, "platform/" + single}
}

// owns reports whether a folder has a query file of its own.
func (t *Tree) owns(dir string) bool {
	return slices.ContainsFunc(t.matching("queries/*.sql"), func(name string) bool { return slices.Contains(homes(name), dir) })
}

// QueriesStayHome finds queries that another package calls than that of their file,
// and queries without a call.
func QueriesStayHome(t *Tree) []string {
	var wrong []string
	queries := t.queries()
	called := map[string]bool{}
	for f := range t.program {
		f.selectors(func(_, name string, node ast.Node) {
			home, isQuery := queries[name]
			if !isQuery {
				return
			}
			called[name] = true
			if !slices.Contains(homes(home), f.dir) {
				wrong = append(wrong, fmt.Sprintf("%s: %s calls %s of %s; call a method of the package it belongs to, or move the query", t.at(node), f.dir, name, home))
			}
		})
	}
	for name, home := range queries {
		if !called[name] {
			wrong = append(wrong, fmt.Sprintf("%s: no code calls the query %s; remove it and run 'make generate'", home, name))
		}
	}
	return wrong
}

// RowsStayInside finds generated types in the exported signatures of domain and
// platform: a changed column must not change a handler. db.DBTX is not a row but
// the interface of pools and transactions. Handlers cannot import domain/internal.
func RowsStayInside(t *Tree) []string {
	generated := t.module + "/db"
	wrong := t.withoutImports("generated rows", generated)
	for f := range t.program {
		if f.imports()[generated] == nil || !f.under("domain", "platform") || f.under("domain/internal") {
			continue
		}
		for _, shown := range f.shown() {
			ast.Inspect(shown, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := sel.X.(*ast.Ident); ok && x.Name == "db" && sel.Sel.Name != "DBTX" {
						wrong = append(wrong, fmt.Sprintf("%s: db.%s is a generated type in an exported signature; give the caller a type of %s", t.at(sel), sel.Sel.Name, f.dir))
					}
				}
				return true
			})
		}
	}
	return wrong
}

// shown returns the types in the exported declarations of a file.
func (f *file) shown() []ast.Node {
	var all []ast.Node
	for _, decl := range f.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.IsExported() && (decl.Recv == nil || ast.IsExported(receiver(decl))) {
				all = append(all, decl.Type)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				all = append(all, shownOf(spec)...)
			}
		}
	}
	return all
}

func receiver(decl *ast.FuncDecl) string {
	t := decl.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

func shownOf(spec ast.Spec) []ast.Node {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		if spec.Type != nil && slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported) {
			return []ast.Node{spec.Type}
		}
	case *ast.TypeSpec:
		fields, isStruct := spec.Type.(*ast.StructType)
		switch {
		case !spec.Name.IsExported():
		case isStruct:
			return shownFields(fields)
		default:
			return []ast.Node{spec.Type}
		}
	}
	return nil
}

func shownFields(fields *ast.StructType) []ast.Node {
	var all []ast.Node
	for _, field := range fields.Fields.List {
		if len(field.Names) == 0 || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) {
			all = append(all, field.Type)
		}
	}
	return all
}
