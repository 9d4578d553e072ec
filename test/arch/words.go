package arch

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// The maximum rates of avoided words, per 1,000 words.
const (
	maxInComments  = 0.7
	maxInDocuments = 1.0
)

var (
	avoided = regexp.MustCompile(`(?i)\b(nobody|somebody|anybody|everybody|whoever|whom|whose)\b`)
	anyWord = regexp.MustCompile(`[A-Za-z][A-Za-z'’-]*`)
)

// wording counts the avoided words in one kind of text.
type wording struct {
	words  int
	places []string
}

// read adds the text, which begins at the line of the file.
func (w *wording) read(file string, line int, text string) {
	w.words += len(anyWord.FindAllString(text, -1))
	for i, one := range strings.Split(text, "\n") {
		for range avoided.FindAllString(one, -1) {
			w.places = append(w.places, fmt.Sprintf("%s:%d: %s", file, line+i, strings.TrimSpace(one)))
		}
	}
}

func (w *wording) rate() float64 { return 1000 * float64(len(w.places)) / float64(max(1, w.words)) }

// over returns the places when the rate is above most.
func (w *wording) over(most float64) []string {
	if w.rate() <= most {
		return nil
	}
	var wrong []string
	for _, place := range w.places {
		wrong = append(wrong, place+" — begin with a thing of the program as the subject, such as a user, the handler or the row")
	}
	return wrong
}

// PlainWords finds the avoided words in comments and Markdown documents, when
// their rate is too high. They are pronouns that hide which thing of the program
// a sentence is about. PlainWords logs both rates. It does not read the generated
// package db.
func PlainWords(t *Tree, log func(format string, args ...any)) []string {
	comments, documents := t.comments(), t.documents()
	log("avoided words per 1,000: %.2f in comments (at most %.1f), %.2f in documents (at most %.1f)",
		comments.rate(), maxInComments, documents.rate(), maxInDocuments)
	return append(comments.over(maxInComments), documents.over(maxInDocuments)...)
}

func (t *Tree) comments() *wording {
	var all wording
	for _, f := range t.files {
		if f.under("db") {
			continue
		}
		for _, group := range f.Comments {
			for _, comment := range group.List {
				all.read(f.path, t.fset.Position(comment.Pos()).Line, comment.Text)
			}
		}
	}
	return &all
}

func (t *Tree) documents() *wording {
	var all wording
	for _, name := range t.names {
		if path.Ext(name) == ".md" {
			all.read(name, 1, t.text(name))
		}
	}
	return &all
}
