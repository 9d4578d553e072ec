package views

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

func init() {
	helpMenu.add(Entry{Label: "API reference", Path: "/docs/api", Icon: "book-open", Order: 10})
}

// APIPage is the frame (shells/reference) of a page of the API reference.
type APIPage struct {
	Chrome
	Name        string // of the noun; "" on the index
	Description string // for search engines; "" for a page that they do not index
}

// Title returns the title of the page.
func (p APIPage) Title() string {
	if p.Name == "" {
		return "API reference"
	}
	return p.Name + " · API reference"
}

// APIReference is the content of the API reference, which is the same for all users
// and works without scripts.
type APIReference struct {
	BaseURL    string // the base URL of the server
	Summary    string
	Lead       []Span
	Chapters   []APIChapter
	Nouns      []APINoun
	Codes      []APICode // of errors
	FieldCodes []APICode // of refused fields; they have no status
	SignIn     *APIOperation
}

// APIChapter is a chapter of the index.
type APIChapter struct {
	ID, Title string
	HTML      template.HTML
}

// APINoun is a noun of the API with its operations. It has a page of its own.
type APINoun struct {
	ID, Name    string
	Description []Span
	Operations  []APIOperation
}

// APIOperation is one method on one path.
type APIOperation struct {
	ID             string // unique in the reference, for links
	Method, Path   string
	Summary        string
	Description    []Span
	Auth           string // as text; empty when no access token is accepted
	Params         []APIParam
	Request        []APIField
	RequestExample string // JSON
	Examples       []APIExample
	Responses      []APIResponse
}

// APIExample is a call in a language.
type APIExample struct {
	Lang Language
	Code []Span
}

// Language is a language of the examples.
type Language struct{ ID, Name string }

// APIParam is a parameter outside of the body.
type APIParam struct {
	Name, In, Type string
	Description    []Span
	Required       bool
}

// APIField is a field of a JSON object.
type APIField struct {
	Name, Type  string
	Description []Span
	Required    bool
}

// APIResponse is one possible response.
type APIResponse struct {
	Status      int
	Reason      string // the status in words (RFC 9110)
	Description []Span
	Codes       []string // of an error
	Shared      bool     // other operations have the same response
	Fields      []APIField
	Example     []Span // JSON; empty when there is no body
}

// Answer returns the example with its title.
func (r APIResponse) Answer() APISnippet {
	return APISnippet{fmt.Sprint(r.Status, " ", r.Reason), r.Example}
}

// APICode is one stable error code.
type APICode struct {
	Status  int
	Code    string
	Meaning []Span
}

// Span is a part of a text. Its class colours a part of code: k for words of the
// language, s for strings, n for numbers, c for comments. In a sentence every class
// means code.
type Span struct{ Class, Text string }

// PlainText returns the text without its classes.
func PlainText(spans []Span) string {
	var text strings.Builder
	for _, s := range spans {
		text.WriteString(s.Text)
	}
	return text.String()
}

// APINav is the navigation of the reference.
type APINav struct {
	Chapters []APIChapter
	Nouns    []APINoun
	Current  string // the id of the noun of this page, or ""
	Lang     string // the language that links to other pages keep; "" for the first one
	Search   string // what was searched for
}

// Link returns the path of a noun's page, or of one of its operations.
func (n APINav) Link(noun, operation string) string {
	path := "/docs/api"
	if noun != "" {
		path += "/" + noun
	}
	if n.Lang != "" {
		path += "?lang=" + n.Lang
	}
	if operation != "" {
		path += "#" + operation
	}
	return path
}

// APIShown is an operation on a page, which shows the example in one language first.
type APIShown struct {
	APIOperation
	First string // the id of the language
}

// Show returns the operation as the page shows it.
func (n APINav) Show(o APIOperation) APIShown {
	return APIShown{o, cmp.Or(n.Lang, o.Examples[0].Lang.ID)}
}

// Here returns the name of this page in the list.
func (n APINav) Here() string {
	for _, noun := range n.Nouns {
		if noun.ID == n.Current {
			return noun.Name
		}
	}
	return "Overview"
}

// APIList is docs/list: nouns with links to their operations.
type APIList struct {
	Nav   APINav
	Nouns []APINoun
	IDs   bool // each entry has the id by which other pages link to it
}

// APISnippet is a piece of code that has one language.
type APISnippet struct {
	Title string
	Code  []Span
}

// APIIndex is docs/_index, the content of the first page.
type APIIndex struct {
	APIReference
	Nav       APINav
	Languages []Language
	Variables APISnippet // commands that set the variables of the examples
	Problem   APISnippet // an example of an error
}

// Listed returns all operations.
func (p APIIndex) Listed() APIList { return APIList{p.Nav, p.Nouns, true} }

// APINounPage is docs/_noun, the content of the page of a noun.
type APINounPage struct {
	APINoun
	Nav APINav
}

// APISearch is docs/search, the operations that a search finds.
type APISearch struct {
	APIPage
	Nav   APINav
	Found []APINoun // with the operations that were found
}

// Listed returns the operations that were found.
func (s APISearch) Listed() APIList { return APIList{Nav: s.Nav, Nouns: s.Found} }

// Result says how many operations were found.
func (s APISearch) Result() string {
	n := 0
	for _, noun := range s.Found {
		n += len(noun.Operations)
	}
	switch n {
	case 0:
		return "No operation matches “" + s.Nav.Search + "”."
	case 1:
		return "1 operation matches “" + s.Nav.Search + "”."
	}
	return fmt.Sprintf("%d operations match “%s”.", n, s.Nav.Search)
}

// Tone returns the colour of the method.
func (o APIOperation) Tone() Tone {
	switch o.Method {
	case http.MethodGet:
		return Info
	case http.MethodPost:
		return OK
	case http.MethodDelete:
		return Bad
	}
	return Warn
}

// Success returns the successful response.
func (o APIOperation) Success() *APIResponse {
	for i, r := range o.Responses {
		if r.Status < 400 {
			return &o.Responses[i]
		}
	}
	return nil
}

// Errors returns the error responses that only this operation has.
func (o APIOperation) Errors() []APIResponse { return o.errors(false) }

// SharedErrors returns the error responses that other operations have, too.
func (o APIOperation) SharedErrors() []APIResponse { return o.errors(true) }

func (o APIOperation) errors(shared bool) []APIResponse {
	var list []APIResponse
	for _, r := range o.Responses {
		if r.Status >= 400 && r.Shared == shared {
			list = append(list, r)
		}
	}
	return list
}

// Matches reports whether the operation contains each word, in any case.
func (o APIOperation) Matches(words []string) bool {
	text := strings.ToLower(o.Method + " " + o.Path + " " + o.ID + " " + o.Summary + " " + PlainText(o.Description))
	for _, word := range words {
		if !strings.Contains(text, strings.ToLower(word)) {
			return false
		}
	}
	return true
}
