package arch

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
)

// domNames are the methods of a form element in one lower-case word, and the
// properties of it that browsers, htmx and app.js read. In a form, a control of
// such a name replaces the property: with a control named before, htmx silently
// swaps nothing.
var domNames = strings.Fields(`
	after animate append before blur click closest contains focus matches normalize prepend pseudo remove reset scroll submit when
	action attributes children dataset elements enctype id length method target`)

var controlName = regexp.MustCompile(`^<(?:input|select|textarea|button|output|fieldset)\b[^<>]*\sname="([^"]+)"`)

// ControlsHideNoProperty finds controls with the name of a property of their form:
// in templates, and in the structs of views, such as Field{Name: "before"}.
func ControlsHideNoProperty(t *Tree) []string {
	var wrong []string
	find := func(name, where string) {
		if slices.Contains(domNames, name) {
			wrong = append(wrong, fmt.Sprintf("%s: a control named %s hides the property of its form that scripts use; choose another name, such as %s_value", where, name, name))
		}
	}
	for _, name := range t.templates() {
		for _, found := range tag.FindAllString(t.text(name), -1) {
			if match := controlName.FindStringSubmatch(found); match != nil {
				find(match[1], name)
			}
		}
	}
	for f := range t.program {
		if f.dir != "views" {
			continue
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			if pair, ok := n.(*ast.KeyValueExpr); ok {
				key, _ := pair.Key.(*ast.Ident)
				if text, isText := literal(pair.Value); isText && key != nil && key.Name == "Name" {
					find(text, t.at(pair))
				}
			}
			return true
		})
	}
	return wrong
}
