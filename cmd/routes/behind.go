package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// behind is what a handler leads to, each list sorted.
type behind struct{ verbs, queries, templates []string }

// behind follows the calls of a handler through handlers and domain. A platform
// package is followed only when a handler calls a verb of it: many rows would
// repeat the queries of limit and signing, which the domain uses.
func (s *source) behind(root, handler string) (behind, error) {
	if s.funcs[handler] == nil {
		return behind{}, fmt.Errorf("the source has no handler %s", handler)
	}
	var b behind
	seen := map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		fn := s.funcs[name]
		if fn == nil || seen[name] {
			return
		}
		seen[name] = true
		if under(name, "handlers") {
			b.templates = append(b.templates, templates(root, fn.texts)...)
		}
		for _, called := range fn.calls {
			verb := s.callsVerb(name, called)
			if verb {
				b.verbs = append(b.verbs, short(called))
			}
			if query, ok := strings.CutPrefix(called, "db.Queries."); ok {
				b.queries = append(b.queries, query)
			} else if verb || !under(called, "platform") || under(name, "platform") {
				follow(called)
			}
		}
	}
	follow(handler)
	return behind{set(b.verbs), set(b.queries), set(b.templates)}, nil
}

// callsVerb reports whether a function of handlers calls a verb.
func (s *source) callsVerb(name, called string) bool {
	return under(name, "handlers") && !under(called, "handlers") && s.funcs[called] != nil && s.funcs[called].verb
}

func under(name, folder string) bool { return strings.HasPrefix(name, folder+"/") }

// templates returns the texts that are names of templates.
func templates(root string, texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool {
		_, err := os.Stat(filepath.Join(root, "views", text+".html"))
		return err != nil
	})
}

// short returns sessions.List for domain/sessions.Sessions.List.
func short(verb string) string {
	parts := strings.Split(path.Base(verb), ".")
	return parts[0] + "." + parts[len(parts)-1]
}

func set(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
