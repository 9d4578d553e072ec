// Package views has the pages: html/template files, and beside them one typed
// struct per page. A template is named by its path without the extension;
// names that begin with an underscore are fragments, which are rendered alone:
// most are what htmx swaps, and take the struct of their page.
package views

import (
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strings"

	"github.com/gofiber/template/html/v2"

	"stoa/static"
)

// FS holds the templates of pages, by folder; those of mail are not among them.
//
//go:embed accounts/*.html dev/*.html docs/*.html errors/*.html public/*.html shared/*.html shells/*.html
var FS embed.FS

// Engine returns the parsed and escaped templates, ready for many goroutines,
// or the first mistake in one of them. assets is a prefix for static files,
// empty for this host.
//
// Every template is escaped here and now: the engine copies a template for
// each render without a lock, which races with html/template's own escaping
// when that happens on first use. For the same reason no page uses a layout.
func Engine(assets string) (*html.Engine, error) {
	set, err := parse(assets)
	if err != nil {
		return nil, fmt.Errorf("views: %w", err)
	}
	for _, t := range set.Templates() {
		var mistake *template.Error
		if err := t.Execute(io.Discard, nil); errors.As(err, &mistake) {
			return nil, fmt.Errorf("views: %w", mistake)
		}
	}
	engine := html.NewFileSystem(http.FS(FS), ".html")
	engine.Templates, engine.Loaded = set, true
	return engine, nil
}

func parse(assets string) (*template.Template, error) {
	set := template.New("").Funcs(template.FuncMap{"when": when, "ago": ago, "day": day})
	return set, fs.WalkDir(FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := FS.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = set.New(strings.TrimSuffix(path, ".html")).Parse(expand(string(text), assets))
		return err
	})
}

var constant = regexp.MustCompile(`\{\{(asset|icon|integrity) "([^"]+)"\}\}`)

// expand puts in what never changes, the addresses of static files and the
// icons, so that no page computes them again. The sprite of the icons stays on
// this host whatever the prefix: browsers refuse <use> from another origin.
func expand(text, assets string) string {
	return constant.ReplaceAllStringFunc(text, func(call string) string {
		m := constant.FindStringSubmatch(call)
		switch m[1] {
		case "asset":
			return template.HTMLEscapeString(assets + static.URL(m[2]))
		case "integrity":
			return integrity(m[2], assets)
		}
		return `<svg class="icon" aria-hidden="true"><use href="` + static.URL("icons.svg") + `#` + m[2] + `"/></svg>`
	})
}

// integrity returns the attributes by which a browser refuses a style sheet or
// script that another host has changed (W3C SRI). On this host they say nothing.
func integrity(name, assets string) string {
	if assets == "" {
		return ""
	}
	file, _ := static.Lookup(static.URL(name)) // URL panics for a name that is not there
	sum := sha512.Sum384(file.Body)
	return ` integrity="sha384-` + base64.StdEncoding.EncodeToString(sum[:]) + `" crossorigin="anonymous"`
}
