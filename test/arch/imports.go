package arch

import (
	"fmt"
	"slices"
	"strings"
)

// Layer is a folder at the root and what it may import: of ours by folder,
// of others by the beginning of the path. Only is empty for "anything that is
// not Kept for somebody else".
type Layer struct {
	Ours []string
	Only []string
}

// Imports holds every import of the program to one direction. kept maps the
// beginning of a foreign import path to the folders that alone may use it.
func Imports(t *Tree, layers map[string]Layer, kept map[string][]string) []string {
	var wrong []string
	for f := range t.program {
		layer, known := layers[f.top()]
		if !known {
			wrong = append(wrong, fmt.Sprintf("%s: the folder %s has no place yet; give it one in the layers of arch_test.go, and a line in ARCHITECTURE.md", f.path, f.top()))
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

func (t *Tree) refuses(f *file, layer Layer, kept map[string][]string, name string) string {
	if folder, ours := strings.CutPrefix(name, "stoa/"); ours {
		top, _, _ := strings.Cut(folder, "/")
		switch {
		case top == "db" && f.top() == "platform" && t.owns(f.dir):
			return ""
		case !slices.Contains(layer.Ours, top):
			return fmt.Sprintf("%s may import %s only: move the code to the layer it belongs to, or pass the value in from cmd/stoa", f.top(), orNothing(layer.Ours))
		}
		return ""
	}
	first, _, _ := strings.Cut(name, "/")
	if !strings.Contains(first, ".") {
		return "" // the standard library
	}
	if layer.Only != nil && !begins(name, layer.Only) {
		return fmt.Sprintf("%s may import %s and the standard library only", f.top(), orNothing(layer.Only))
	}
	for start, folders := range kept {
		if strings.HasPrefix(name, start) && !f.under(folders...) {
			return fmt.Sprintf("it is kept for %s: put what needs it there, behind a name without it", strings.Join(folders, ", "))
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

// DomainOrder holds imports inside domain to one direction: a package may
// import those of earlier steps, not its neighbours and none of later steps.
func DomainOrder(t *Tree, steps [][]string) []string {
	rank := map[string]int{}
	for i, step := range steps {
		for _, name := range step {
			rank[name] = i + 1
		}
	}
	var wrong []string
	for f := range t.program {
		name, in := strings.CutPrefix(f.dir, "domain/")
		if !in {
			continue
		}
		if rank[name] == 0 {
			wrong = append(wrong, fmt.Sprintf("%s: domain/%s has no step yet; give it one in the order of arch_test.go", f.path, name))
		}
		for imported, spec := range f.imports() {
			other, ours := strings.CutPrefix(imported, "stoa/domain/")
			if ours && rank[other] >= rank[name] {
				wrong = append(wrong, fmt.Sprintf("%s: domain/%s imports domain/%s, which does not come before it; turn the call round, or move what both need to an earlier step", t.at(spec), name, other))
			}
		}
	}
	return wrong
}
