package arch

import (
	"fmt"
	"slices"
	"strings"
)

// Layer is a folder at the root and its allowed imports: Ours are folders of
// this module, Only are beginnings of paths of other modules. Without Only
// every path is allowed that is not kept for another folder.
type Layer struct {
	Ours []string
	Only []string
}

// Imports finds imports against the direction of the layers. kept maps the
// beginning of an import path of another module, or a folder of this module, to
// the only folders that may import it.
func Imports(t *Tree, layers map[string]Layer, kept map[string][]string) []string {
	wrong := t.withoutImports("imports of this module", t.module+"/")
	for start := range kept {
		if !strings.Contains(start, ".") {
			start = t.module + "/" + start
		}
		wrong = append(wrong, t.withoutImports("a path that is kept", start)...)
	}
	for f := range t.program {
		layer, known := layers[f.top()]
		if !known {
			wrong = append(wrong, fmt.Sprintf("%s: the folder %s is in no layer; add it to the layers of test/arch/project_test.go, and a line in ARCHITECTURE.md", f.path, f.top()))
			continue
		}
		for name, spec := range f.imports() {
			if why := t.refuses(f, layer, kept, name); why != "" {
				wrong = append(wrong, fmt.Sprintf("%s: %s imports %s; %s", t.at(spec), f.dir, name, why))
			}
		}
	}
	return wrong
}

// withoutImports returns a sentence when no file imports a path with this
// beginning: then the rule accepts every tree.
func (t *Tree) withoutImports(what, start string) []string {
	for f := range t.program {
		for name := range f.imports() {
			if strings.HasPrefix(name, start) {
				return nil
			}
		}
	}
	return []string{fmt.Sprintf("no file imports %s…, so this rule about %s checks nothing: correct the path in test/arch or the module in go.mod", start, what)}
}

func (t *Tree) refuses(f *file, layer Layer, kept map[string][]string, name string) string {
	folder, ours := strings.CutPrefix(name, t.module+"/")
	first, _, _ := strings.Cut(folder, "/")
	switch {
	case ours && first == "db" && f.top() == "platform" && t.owns(f.dir):
		return ""
	case ours && !slices.Contains(layer.Ours, first):
		return fmt.Sprintf("%s may import %s only: move the code to the layer it belongs to, or pass the value in from cmd/stoa", f.top(), orNothing(layer.Ours))
	case !ours && !strings.Contains(first, "."):
		return "" // the standard library
	case !ours && layer.Only != nil && !begins(name, layer.Only):
		return fmt.Sprintf("%s may import %s and the standard library only", f.top(), orNothing(layer.Only))
	}
	for start, folders := range kept {
		if strings.HasPrefix(folder, start) && !f.under(folders...) {
			return fmt.Sprintf("it is kept for %s: put the code that needs it there, behind a name without it", strings.Join(folders, ", "))
		}
	}
	return ""
}

func begins(name string, starts []string) bool {
	return slices.ContainsFunc(starts, func(start string) bool { return strings.HasPrefix(name, start) })
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing of ours"
	}
	return strings.Join(list, ", ")
}

// Nouns is the step of DomainOrder for all packages without a step of their own.
const Nouns = "*"

// DomainOrder finds imports inside domain against the order of the steps: a
// package may import packages of earlier steps, and none of its own or a later
// step. The nouns may import each other.
func DomainOrder(t *Tree, steps [][]string) []string {
	rank := map[string]int{}
	for i, step := range steps {
		for _, name := range step {
			rank[name] = i + 1
		}
	}
	step := func(name string) int {
		if rank[name] == 0 {
			return rank[Nouns]
		}
		return rank[name]
	}
	inside := t.module + "/domain/"
	wrong := t.withoutImports("the order of domain", inside)
	for f := range t.program {
		name, in := strings.CutPrefix(f.dir, "domain/")
		if !in {
			continue
		}
		own := step(name)
		for imported, spec := range f.imports() {
			other, ours := strings.CutPrefix(imported, inside)
			if ours && (step(other) > own || step(other) == own && own != rank[Nouns]) {
				wrong = append(wrong, fmt.Sprintf("%s: domain/%s imports domain/%s, which is not in an earlier step; reverse the call, or move the code that both need to an earlier step", t.at(spec), name, other))
			}
		}
	}
	return wrong
}
