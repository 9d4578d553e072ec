// Package views has the pages: html/template files, and one typed struct per page.
// The name of a template is its path without the extension. Names that begin with
// an underscore are fragments, which are also rendered alone, mostly for htmx; a
// fragment takes the struct of its page.
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

// FS has all templates, by folder.
//
//go:embed */*.html mail/*.txt
var FS embed.FS

// emails is the folder with the templates of emails, which are no pages.
const emails = "mail"

// Engine returns the parsed and escaped templates, which goroutines may use
// concurrently, or the first error in one of them. assets is the prefix for static
// files, empty for this host.
//
// Engine escapes every template, which html/template otherwise does on first use:
// Fiber's engine copies a template for each render without a lock, which would
// race with the escaping. For the same reason no page uses a layout.
func Engine(assets string) (*html.Engine, error) {
	set, err := parse(assets)
	if err != nil {
		return nil, fmt.Errorf("views: %w", err)
	}
	for _, t := range set.Templates() {
		var invalid *template.Error
		if err := t.Execute(io.Discard, nil); errors.As(err, &invalid) {
			return nil, fmt.Errorf("views: %w", invalid)
		}
	}
	engine := html.NewFileSystem(http.FS(FS), ".html")
	engine.Templates, engine.Loaded = set, true
	return engine, nil
}

func parse(assets string) (*template.Template, error) {
	set := template.New("").Funcs(template.FuncMap{"when": when, "ago": ago, "day": day, "recent": recent, "address": Address})
	return set, fs.WalkDir(FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && path == emails {
			return fs.SkipDir
		}
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

// expand replaces the constant calls, the URLs of static files and the icons, so that
// no render computes them again. The sprite of the icons has no prefix,
// because browsers refuse <use> from another origin.
func expand(text, assets string) string {
	return constant.ReplaceAllStringFunc(text, func(call string) string {
		m := constant.FindStringSubmatch(call)
		switch m[1] {
		case "asset":
			return template.HTMLEscapeString(assets + static.URL(m[2]))
		case "integrity":
			return integrity(m[2], assets)
		}
		return string(icon(m[2]))
	})
}

// icon returns an icon of the sprite, which the text beside it explains. The build of
// static/dist finds the calls in templates and in Go.
func icon(name string) template.HTML {
	return template.HTML(`<svg class="icon" aria-hidden="true"><use href="` + static.URL("icons.svg") + `#` + name + `"/></svg>`)
}

// integrity returns the attributes by which a browser refuses a style sheet or
// script that the other host has changed (W3C SRI). It returns "" for this host.
func integrity(name, assets string) string {
	if assets == "" {
		return ""
	}
	file, _ := static.Lookup(static.URL(name)) // URL panics for an unknown name
	sum := sha512.Sum384(file.Body)
	return ` integrity="sha384-` + base64.StdEncoding.EncodeToString(sum[:]) + `" crossorigin="anonymous"`
}
