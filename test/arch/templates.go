package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// templates returns the templates of pages. Emails have no Content-Security-Policy
// and contain their styles.
func (t *Tree) templates() []string {
	return slices.DeleteFunc(t.matching("views/*/*.html"), func(name string) bool { return strings.HasPrefix(name, "views/mail/") })
}

var includes = regexp.MustCompile(`{{-?\s*template\s+"([^"]+)"`)

// PagesHaveStructs finds page templates without a struct in views that has the
// comment "Name is accounts/login", and such structs without a template. A
// template that another one includes is not a page. Nor is a fragment for htmx,
// which has an underscore in front of its name.
func PagesHaveStructs(t *Tree) []string {
	var wrong []string
	said, parts := t.pageComments(), t.included()
	for _, name := range t.templates() {
		page := strings.TrimSuffix(strings.TrimPrefix(name, "views/"), ".html")
		if parts[page] || strings.HasPrefix(path.Base(page), "_") {
			continue
		}
		if _, ok := said[page]; !ok {
			wrong = append(wrong, fmt.Sprintf(`%s: no template includes it and it has no page struct; add one to views, embedding Chrome, with the comment "Name is %s."`, name, page))
		}
	}
	for page, where := range said {
		if !slices.Contains(t.templates(), "views/"+page+".html") {
			wrong = append(wrong, fmt.Sprintf("%s: the comment names %s, and there is no views/%s.html", where, page, page))
		}
	}
	return wrong
}

// included returns the templates that other templates include.
func (t *Tree) included() map[string]bool {
	parts := map[string]bool{}
	for _, name := range t.templates() {
		for _, match := range includes.FindAllStringSubmatch(t.text(name), -1) {
			parts[match[1]] = true
		}
	}
	return parts
}

var isPage = regexp.MustCompile(`^\w+ is ([a-z]+/[a-z_]+)\b`)

// pageComments returns the position of the struct of each page.
func (t *Tree) pageComments() map[string]string {
	pages := map[string]string{}
	for f := range t.program {
		if f.dir != "views" {
			continue
		}
		for _, decl := range f.Decls {
			if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.TYPE {
				if match := isPage.FindStringSubmatch(gen.Doc.Text()); match != nil {
					pages[match[1]] = t.at(gen)
				}
			}
		}
	}
	return pages
}

var (
	comment   = regexp.MustCompile(`(?s){{-? ?/\*.*?\*/ ?-?}}|<!--.*?-->`)
	tag       = regexp.MustCompile(`<[a-z][^<>]*>`)
	inlined   = regexp.MustCompile(`\s(style|on[a-z]+|hx-on[^=\s]*)\s*=|=\s*["']?(javascript|js):|^<style`)
	inline    = regexp.MustCompile(`^<script(?:\s[^>]*)?>`)
	postForm  = regexp.MustCompile(`(?s)<form\b[^>]*method="post"[^>]*>.*?</form>`)
	definable = regexp.MustCompile(`{{-?\s*(?:define|block)\s+"([^"]+)"`)
)

// TemplatesNeedNoScript finds markup that the CSP blocks, or that does nothing
// without JavaScript.
func TemplatesNeedNoScript(t *Tree) []string {
	var wrong []string
	for _, name := range t.templates() {
		text := comment.ReplaceAllString(t.text(name), "")
		for _, found := range tag.FindAllString(text, -1) {
			if advice := adviceFor(found); advice != "" {
				wrong = append(wrong, fmt.Sprintf("%s: %s %s", name, found, advice))
			}
		}
		for _, form := range postForm.FindAllString(text, -1) {
			if !strings.Contains(form, "_csrf") {
				wrong = append(wrong, fmt.Sprintf("%s: %s posts without a token; add the hidden field _csrf", name, tag.FindString(form)))
			}
		}
	}
	return wrong
}

// withoutScript lists the attributes that an element with an attribute of htmx must
// have, so that it does the same without JavaScript.
var withoutScript = []struct{ attribute, beside, advice string }{
	{"hx-post=", `\saction=".*\smethod="post"|\smethod="post".*\saction="`, "put hx-post on a form with method and action"},
	{"hx-get=", `\s(href|action)="`, "put hx-get on a link with href, or a form with action"},
	{"hx-put=", `^$`, "post to a path of its own"},
	{"hx-patch=", `^$`, "post to a path of its own"},
	{"hx-delete=", `^$`, "post to a path of its own"},
}

func adviceFor(found string) string {
	if inlined.MatchString(found) {
		return "has inline style or script, which the CSP blocks; use a class, or a data- hook of app.js"
	}
	if inline.MatchString(found) && !strings.Contains(found, " src=") {
		return "is an inline script, which the CSP blocks; put it into app.js"
	}
	for _, p := range withoutScript {
		if strings.Contains(found, p.attribute) && !regexp.MustCompile("(?s)"+p.beside).MatchString(found) {
			return "does nothing without JavaScript; " + p.advice
		}
	}
	return ""
}

// TemplateNamesAreTheirPaths finds defined names without the path of their file:
// all names are global, and the last of two equal names replaces the other
// silently. It also finds layouts, as the engine has a data race when it renders
// them.
func TemplateNamesAreTheirPaths(t *Tree) []string {
	var wrong []string
	for _, name := range t.templates() {
		own := strings.TrimSuffix(strings.TrimPrefix(name, "views/"), ".html")
		text := t.text(name)
		for _, match := range definable.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(match[1], own+"/") {
				wrong = append(wrong, fmt.Sprintf("%s: defines %q; begin the name with %s/", name, match[1], own))
			}
		}
		if strings.Contains(text, "{{embed}}") || strings.Contains(text, "{{ embed }}") {
			wrong = append(wrong, fmt.Sprintf("%s: is a layout, which the engine renders with a data race; include the top and bottom of a shell", name))
		}
	}
	return wrong
}
