// Package arch reads the source tree and tells where it breaks the rules of
// ARCHITECTURE.md. It parses and does not type-check, so all rules together
// take well under a second. Which folders and packages there are is said in
// /arch_test.go; here is only how a rule looks.
package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Tree is the parsed source tree.
type Tree struct {
	fsys  fs.FS
	fset  *token.FileSet
	files []*file
	names []string // of every file, Go or not
}

type file struct {
	*ast.File
	path, dir string
	test      bool // or a package for tests only, such as platform/pg/pgtest
}

// Load parses every Go file of fsys, except under node_modules, testdata and
// hidden folders. It fails when one cannot be parsed.
func Load(fsys fs.FS) (*Tree, error) {
	t := &Tree{fsys: fsys, fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			if name != "." && (base[0] == '.' || base == "node_modules" || base == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		t.names = append(t.names, name)
		if path.Ext(name) != ".go" {
			return nil
		}
		return t.parse(name)
	})
	return t, err
}

func (t *Tree) parse(name string) error {
	text, err := fs.ReadFile(t.fsys, name)
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(t.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.files = append(t.files, &file{parsed, name, path.Dir(name), isTest(name)})
	return nil
}

func isTest(name string) bool {
	inner := strings.HasPrefix(name, "domain/") || strings.HasPrefix(name, "platform/")
	return strings.HasSuffix(name, "_test.go") || inner && strings.HasSuffix(path.Dir(name), "test")
}

// program yields the files that are part of the program: no tests.
func (t *Tree) program(yield func(*file) bool) {
	for _, f := range t.files {
		if !f.test && f.top() != "." && !yield(f) {
			return
		}
	}
}

// text returns a file that is no Go, empty when there is none.
func (t *Tree) text(name string) string {
	text, _ := fs.ReadFile(t.fsys, name) // a missing file is an empty one here
	return string(text)
}

// matching returns the paths of all files that fit the pattern of path.Match.
func (t *Tree) matching(pattern string) []string {
	return slices.DeleteFunc(slices.Clone(t.names), func(name string) bool {
		ok, err := path.Match(pattern, name)
		return err != nil || !ok
	})
}

// at returns a position as file:line.
func (t *Tree) at(node ast.Node) string {
	p := t.fset.Position(node.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// top returns the first folder of the file's path, "." at the root.
func (f *file) top() string {
	first, _, nested := strings.Cut(f.path, "/")
	if !nested {
		return "."
	}
	return first
}

// under reports whether the file is in one of the folders or below.
func (f *file) under(folders ...string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool {
		return f.dir == folder || strings.HasPrefix(f.dir, folder+"/")
	})
}

// imports returns path and node of what the file imports.
func (f *file) imports() map[string]*ast.ImportSpec {
	all := map[string]*ast.ImportSpec{}
	for _, spec := range f.Imports {
		name, _ := strconv.Unquote(spec.Path.Value) // the parser has read it already
		all[name] = spec
	}
	return all
}

// selectors calls visit for each x.Name in the file, with x when it is a
// plain identifier and "" when it is not.
func (f *file) selectors(visit func(x, name string, node ast.Node)) {
	ast.Inspect(f.File, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			x, _ := sel.X.(*ast.Ident)
			if x == nil {
				x = &ast.Ident{}
			}
			visit(x.Name, sel.Sel.Name, sel)
		}
		return true
	})
}

// strings calls visit for each string literal in the file.
func (f *file) strings(visit func(value string, node ast.Node)) {
	ast.Inspect(f.File, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			value, _ := strconv.Unquote(lit.Value) // the parser has read it already
			visit(value, lit)
		}
		return true
	})
}
