// Package views has the pages: html/template files, and beside them one typed
// struct per page. A template is named by its path without the extension;
// names that begin with an underscore are fragments, which htmx swaps alone
// and which take the struct of their page.
package views

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"

	"github.com/gofiber/template/html/v2"

	"stoa/static"
)

// FS holds the templates.
//
//go:embed */*.html
var FS embed.FS

// Engine returns the parsed and escaped templates, ready for many goroutines,
// or the first mistake in one of them. assets is a prefix for static files,
// empty for this host.
//
// Every template is escaped here and now: the engine copies a template for
// each render without a lock, which races with html/template's own escaping
// when that happens on first use. For the same reason no page uses a layout.
func Engine(assets string) (*html.Engine, error) {
	engine := html.NewFileSystem(http.FS(FS), ".html")
	engine.AddFuncMap(funcs(assets))
	if err := engine.Load(); err != nil {
		return nil, fmt.Errorf("views: %w", err)
	}
	for _, t := range engine.Templates.Templates() {
		var mistake *template.Error
		if err := t.Execute(io.Discard, nil); errors.As(err, &mistake) {
			return nil, fmt.Errorf("views: %w", mistake)
		}
	}
	return engine, nil
}

func funcs(assets string) map[string]any {
	return map[string]any{
		"asset": func(name string) string { return assets + static.URL(name) },
		"icon":  icon,
		"when":  when,
		"ago":   ago,
		"day":   day,
	}
}

// icon draws an icon of the sprite. The sprite stays on this host whatever the
// prefix: browsers refuse <use> from another origin. Names are literals in the
// templates, which is why this may call itself HTML.
func icon(name string) template.HTML {
	return template.HTML(`<svg class="icon" aria-hidden="true"><use href="` + static.URL("icons.svg") + `#` + name + `"/></svg>`)
}
