// Package arch reads the source tree and returns the places that break the rules
// of ARCHITECTURE.md. It parses and does not type-check, so all rules together
// take about a second. project_test.go names the folders and packages of this
// project; the other files hold the rules alone.
package arch

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Tree is the parsed source tree.
type Tree struct {
	fsys   fs.FS
	fset   *token.FileSet
	module string // the name in go.mod
	files  []*file
	names  []string // of every file, Go or not
}

type file struct {
	*ast.File
	path, dir string
	test      bool // a test, or in a package for tests, such as platform/pg/pgtest
}

var moduleLine = regexp.MustCompile(`(?m)^module (\S+)`)

// Load parses every Go file of fsys, except under testdata, hidden folders and
// the folders of the root that git ignores. It fails when a file cannot be
// parsed or go.mod has no module line.
func Load(fsys fs.FS) (*Tree, error) {
	t := &Tree{fsys: fsys, fset: token.NewFileSet()}
	match := moduleLine.FindStringSubmatch(t.text("go.mod"))
	if match == nil {
		return nil, errors.New("go.mod has no module line")
	}
	t.module = match[1]
	ignored := strings.Fields(t.text(".gitignore"))
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			if name != "." && (base[0] == '.' || base == "testdata" || slices.Contains(ignored, "/"+name+"/")) {
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

// program yields the files that are not tests, those of test/ included.
func (t *Tree) program(yield func(*file) bool) {
	for _, f := range t.files {
		if !f.test && f.top() != "." && !yield(f) {
			return
		}
	}
}

// text returns the content of a file, empty when the file is missing.
func (t *Tree) text(name string) string {
	text, _ := fs.ReadFile(t.fsys, name) // a missing file counts as empty
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

// imports returns the paths that the file imports, with their nodes.
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
