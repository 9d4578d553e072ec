package main

import (
	"context"
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// source has the functions of the program, by folder and name, such as
// domain/sessions.Sessions.List. A field that holds a function is one of them.
type source struct {
	module string
	funcs  map[string]*function
}

// function is what a function mentions, its closures included.
type function struct {
	verb  bool // a method with a context
	calls []string
	texts []string // the values of string constants
}

// packages makes go list print one line per package that the handlers need. Only
// packages of this module have a third part.
const packages = `{{.ImportPath}}|{{.Export}}|{{with .Module}}{{if .Main}}{{.Path}}{{end}}{{end}}|{{.Dir}}|{{range .GoFiles}}{{.}} {{end}}`

// load type-checks the packages of this module. What they import is read from the
// compiler's export data.
func load(ctx context.Context, root string) (*source, error) {
	list := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-f", packages, "./handlers")
	list.Dir, list.Stderr = root, os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	s := &source{funcs: map[string]*function{}}
	exports, fset := map[string]string{}, token.NewFileSet()
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})}
	for line := range strings.Lines(string(out)) {
		p := strings.Split(strings.TrimSpace(line), "|")
		exports[p[0]] = p[1]
		if p[2] == "" {
			continue
		}
		s.module = p[2]
		if err := s.add(fset, conf, p[0], p[3], strings.Fields(p[4])); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add adds the functions of one package.
func (s *source) add(fset *token.FileSet, conf types.Config, path, dir string, names []string) error {
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
	if _, err := conf.Check(path, fset, files, info); err != nil {
		return err
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				s.read(info.Defs[n.Name], n, info)
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok {
					s.read(info.Uses[key], n.Value, info)
				}
			}
			return true
		})
	}
	return nil
}

// read adds what the node mentions to the function obj.
func (s *source) read(obj types.Object, node ast.Node, info *types.Info) {
	name := s.name(obj)
	if name == "" {
		return
	}
	fn := s.funcs[name]
	if fn == nil {
		fn = &function{verb: isVerb(obj)}
		s.funcs[name] = fn
	}
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if called := s.name(info.Uses[n]); called != "" {
				fn.calls = append(fn.calls, called)
			}
		case *ast.BasicLit:
			if v := info.Types[n].Value; v != nil && v.Kind() == constant.String {
				fn.texts = append(fn.texts, constant.StringVal(v))
			}
		}
		return true
	})
}

// name returns the name of a function or of a field that holds one, and "" for
// everything else and for other modules.
func (s *source) name(obj types.Object) string {
	var full string
	switch obj := obj.(type) {
	case *types.Func:
		full = strings.NewReplacer("(", "", "*", "", ")", "").Replace(obj.Origin().FullName())
	case *types.Var:
		if _, ok := obj.Type().Underlying().(*types.Signature); ok && obj.IsField() {
			full = obj.Pkg().Path() + ".field." + obj.Name()
		}
	}
	name, ours := strings.CutPrefix(full, s.module+"/")
	if !ours {
		return ""
	}
	return name
}

func isVerb(obj types.Object) bool {
	fn, ok := obj.(*types.Func)
	return ok && fn.Exported() && fn.Signature().Recv() != nil && fn.Signature().Params().Len() > 0 &&
		fn.Signature().Params().At(0).Type().String() == "context.Context"
}
