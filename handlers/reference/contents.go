package reference

import (
	"bytes"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/respond"
	"stoa/views"
)

// contents are the document and the middle of each page. They are the same for all users.
type contents struct {
	document respond.Fixed // JSON
	shown    views.APIReference
	pages    map[pageKey]func() (respond.Fixed, error)
}

// pageKey names a page. noun is the id of a noun, or "" for the index. lang is the id of
// the language that its examples show first, or "" for the usual one.
type pageKey struct{ noun, lang string }

func (all *contents) nav(noun, lang string) views.APINav {
	return views.APINav{Chapters: all.shown.Chapters, Nouns: all.shown.Nouns, Current: noun, Lang: lang}
}

func (all *contents) render(engine fiber.Views, noun views.APINoun, lang string) (respond.Fixed, error) {
	name, page := "docs/_noun", any(views.APINounPage{APINoun: noun, Nav: all.nav(noun.ID, lang)})
	if noun.ID == "" {
		name, page = "docs/_index", all.index(lang)
	}
	var html bytes.Buffer
	if err := engine.Render(&html, name, page); err != nil {
		return respond.Fixed{}, err
	}
	return respond.NewFixed(html.Bytes())
}

func (all *contents) index(lang string) views.APIIndex {
	page := views.APIIndex{
		APIReference: all.shown, Nav: all.nav("", lang),
		Variables: views.APISnippet{Title: "Variables of the examples", Code: highlight(shellWords, "export STOA="+all.shown.BaseURL+"\n"+
			"export TOKEN=eyJhbGciOi… # an access token")},
		Problem: views.APISnippet{Title: "422 Unprocessable Entity", Code: highlight(jsonWords, problem)},
	}
	for _, l := range languages {
		page.Languages = append(page.Languages, l.Language)
	}
	return page
}

// problem is an example of an error.
const problem = `{
  "type": "/docs/api#errors-invalid_input",
  "title": "Unprocessable Entity",
  "status": 422,
  "detail": "Some of the input was refused.",
  "code": "invalid_input",
  "request_id": "0199f3c2-7a51-7c64-9b1e-5d2f8f1c0a34",
  "errors": [
    {"field": "name", "code": "required", "message": "This field is missing."}
  ]
}`
