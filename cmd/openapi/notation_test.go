package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const books = `
tags: [{ name: Books }]
paths:
  /api/books:
    get: { x-list: { of: Book, q: "Part of the title: any." } }
    post: { x-body: { of: BookFields, example: { title: Notes } }, x-returns: { status: 201, of: Book } }
  /api/books/{id}:
    get: { x-returns: Book }
    patch: { x-body: BookChange, x-returns: Book }
    delete: {}
components:
  schemas:
    BookFields:
      required: [title]
      properties:
        title: { type: string, example: Notes }
        note: { type: string, example: "" }
    BookChange: { properties: { x-fields-of: BookFields } }
    Book:
      description: A book.
      required: all
      properties:
        id: { type: string, example: a }
        x-fields-of: BookFields
        created_at: { type: string, example: now }
`

// withBooks joins the part books after the replacements: old, new, and so on.
func withBooks(t *testing.T, replace ...string) (map[string]any, error) {
	t.Helper()
	return joined(t, map[string]string{"handlers/api/books.yaml": strings.NewReplacer(replace...).Replace(books)})
}

func mustHaveBooks(t *testing.T, replace ...string) map[string]any {
	t.Helper()
	doc, err := withBooks(t, replace...)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// wantYAML compares a part of the document with the YAML that is wanted.
func wantYAML(t *testing.T, name string, got any, want string) {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(want), &value); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(value, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestShort_Body(t *testing.T) {
	t.Parallel()
	paths := mustHaveBooks(t)["paths"]
	wantYAML(t, "x-body", get(t, paths, "/api/books/{id}", "patch", "requestBody"), `
required: true
content:
  application/json:
    schema: { $ref: "#/components/schemas/BookChange" }
    examples: { usual: { value: { title: Notes, note: "" } } }
`)
	wantYAML(t, "x-body with an example", get(t, paths, "/api/books", "post", "requestBody"), `
required: true
content: { application/json: { schema: { $ref: "#/components/schemas/BookFields" }, examples: { usual: { value: { title: Notes } } } } }
`)
}

func TestShort_Returns(t *testing.T) {
	t.Parallel()
	doc := mustHaveBooks(t)
	response := get(t, doc, "components", "responses", "Book")
	if got := get(t, response, "description"); got != "A book." {
		t.Errorf("description = %q, want that of the schema", got)
	}
	wantYAML(t, "content", get(t, response, "content"), `
application/json:
  schema: { $ref: "#/components/schemas/Book" }
  examples: { usual: { value: { id: a, title: Notes, note: "", created_at: now } } }
`)
	for _, call := range []struct{ path, method, status string }{{"/api/books", "post", "201"}, {"/api/books/{id}", "get", "200"}} {
		if diff := cmp.Diff(any(ref("responses/Book")), get(t, doc, "paths", call.path, call.method, "responses", call.status)); diff != "" {
			t.Errorf("%s %s %s (-want +got):\n%s", call.method, call.path, call.status, diff)
		}
	}
}

func TestShort_ReturnsAResponseThatAPartHas(t *testing.T) {
	t.Parallel()
	doc := mustHaveBooks(t, "components:", "components:\n  responses: { Book: { description: Own. } }")
	if got := get(t, doc, "components", "responses", "Book", "description"); got != "Own." {
		t.Errorf("description = %q, want that of the response", got)
	}
}

func TestShort_List(t *testing.T) {
	t.Parallel()
	doc := mustHaveBooks(t)
	call := get(t, doc, "paths", "/api/books", "get")
	wantYAML(t, "parameters", get(t, call, "parameters"), `
- { name: q, in: query, description: "Part of the title: any.", schema: { type: string } }
- { $ref: "#/components/parameters/Cursor" }
`)
	wantYAML(t, "200", get(t, call, "responses", "200"), `{ $ref: "#/components/responses/BookPage" }`)
	wantYAML(t, "422", get(t, call, "responses", "422"), `{ $ref: "#/components/responses/InvalidInput" }`)
	wantYAML(t, "BookPage", get(t, doc, "components", "schemas", "BookPage"), `
type: object
additionalProperties: false
description: A page of the list.
required: [items]
properties:
  items: { type: array, items: { $ref: "#/components/schemas/Book" } }
  next_cursor: { $ref: "#/components/schemas/NextCursor" }
`)
	bare := get(t, mustHaveBooks(t, `{ of: Book, q: "Part of the title: any." }`, "Book"), "paths", "/api/books", "get")
	wantYAML(t, "parameters without q", get(t, bare, "parameters"), `[{ $ref: "#/components/parameters/Cursor" }]`)
}

func TestPathWithID(t *testing.T) {
	t.Parallel()
	doc := mustHaveBooks(t, "delete: {}", `delete: { parameters: [{ name: id, in: path, description: Own. }], responses: { "404": { description: Gone. } } }`)
	item := get(t, doc, "paths", "/api/books/{id}")
	wantYAML(t, "parameters", get(t, item, "get", "parameters"), `[{ $ref: "#/components/parameters/PathID" }]`)
	wantYAML(t, "404", get(t, item, "get", "responses", "404"), `{ $ref: "#/components/responses/NotFound" }`)
	wantYAML(t, "own parameters", get(t, item, "delete", "parameters"), `[{ name: id, in: path, description: Own. }]`)
	if got := get(t, item, "delete", "responses", "404", "description"); got != "Gone." {
		t.Errorf("404 is %v, want that of the part", got)
	}
}

func TestCallWithoutSuccessIsDone(t *testing.T) {
	t.Parallel()
	got := get(t, mustHaveBooks(t), "paths", "/api/books/{id}", "delete", "responses", "204")
	wantYAML(t, "204", got, `{ $ref: "#/components/responses/Done" }`)
}

func TestTags(t *testing.T) {
	t.Parallel()
	doc := mustHaveBooks(t, "name: Books", "name: Account", "delete: {}", "delete: { tags: [Books] }")
	wantYAML(t, "tags of the document", doc["tags"], `[{ name: Account }]`)
	wantYAML(t, "the declared tag", get(t, doc, "paths", "/api/books/{id}", "get", "tags"), `[Account]`)
	wantYAML(t, "a tag of its own", get(t, doc, "paths", "/api/books/{id}", "delete", "tags"), `[Books]`)
}

func TestSchemas_ShareTheirFields(t *testing.T) {
	t.Parallel()
	schemas := get(t, mustHaveBooks(t), "components", "schemas")
	wantYAML(t, "BookChange", get(t, schemas, "BookChange"), `
type: object
additionalProperties: false
properties: { title: { type: string, example: Notes }, note: { type: string, example: "" } }
`)
	wantYAML(t, "required: all, in the order of the properties", get(t, schemas, "Book", "required"), `[id, title, note, created_at]`)
}

func TestExamples_AreComposed(t *testing.T) {
	t.Parallel()
	doc := mustHaveBooks(t, "delete: {}", `put:
      responses:
        "200":
          description: Any.
          content:
            application/json:
              schema:
                allOf:
                  - $ref: "#/components/schemas/Book"
                  - properties: { title: { type: string, const: Own }, tags: { items: { enum: [old, new] } } }`)
	content := get(t, doc, "paths", "/api/books/{id}", "put", "responses", "200", "content")
	wantYAML(t, "example", get(t, content, "application/json", "examples", "usual", "value"), `{ id: a, note: "", created_at: now, title: Own, tags: [old] }`)
}

func TestSchemas_ObjectsAreClosed(t *testing.T) {
	t.Parallel()
	schemas := get(t, mustHaveBooks(t, "BookChange:", `Shelf:
      properties:
        books: { type: array, items: { properties: { title: { const: Notes } } } }
        open: { type: object, properties: { title: { const: Notes } } }
    BookChange:`), "components", "schemas", "Shelf", "properties")
	wantYAML(t, "items", get(t, schemas, "books", "items"), `{ type: object, additionalProperties: false, properties: { title: { const: Notes } } }`)
	wantYAML(t, "with a type of its own", get(t, schemas, "open"), `{ type: object, properties: { title: { const: Notes } } }`)
}

// A part with a wrong value in any place is joined or refused with an error.
func TestNotation_WrongValuesDoNotPanic(t *testing.T) {
	t.Parallel()
	var part yaml.Node
	if err := yaml.Unmarshal([]byte(books), &part); err != nil {
		t.Fatal(err)
	}
	var replaceEach func(n *yaml.Node)
	replaceEach = func(n *yaml.Node) {
		right := *n
		for _, wrong := range []string{"null", "word", "[]", "[word]", "{}", "{ word: word }"} {
			var value yaml.Node
			if err := yaml.Unmarshal([]byte(wrong), &value); err != nil {
				t.Fatal(err)
			}
			*n = *value.Content[0]
			if text, err := yaml.Marshal(&part); err == nil {
				_, _ = joined(t, map[string]string{"handlers/api/books.yaml": string(text)})
			}
		}
		*n = right
		for _, inner := range n.Content {
			replaceEach(inner)
		}
	}
	replaceEach(part.Content[0])
}

func TestNotation_Refusals(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]struct {
		old, new, line string
		says           string
	}{
		"an unknown schema":          {"x-returns: Book }", "x-returns: Bok }", "8", `"Bok"`},
		"no name of a schema":        {"x-body: BookChange", "x-body: [BookChange]", "9", "x-body needs the name of a schema"},
		"an unknown option":          {"q: ", "search: ", "5", "x-list has no search"},
		"a search in a mapping":      {`q: "Part of the title: any."`, "q: { description: Any. }", "5", "q needs a description"},
		"an unknown short key":       {"delete: {}", "delete: { x-return: Book }", "10", "no x-return;"},
		"a status that is no digits": {"status: 201", "status: 2O1", "6", `"2O1"`},
		"a status of an error":       {"status: 201", "status: 404", "6", `"404"`},
		"no description":             {"description: A book.", "title: Book", "6", "needs a description of the schema Book"},
		"a body twice":               {"x-body: BookChange", "x-body: BookChange, requestBody: { required: false }", "9", "/requestBody/required"},
		"parameters in a mapping":    {"delete: {}", "delete: { parameters: {} }", "10", "parameters must be a list"},
		"a get without success":      {"get: { x-returns: Book }", "get: {}", "8", "says nothing of its success"},
		"no tag":                     {"tags: [{ name: Books }]", "", "5", "needs one tag"},
		"a tag without a name":       {"{ name: Books }", "{ description: Books. }", "2", "a tag needs a name"},
		"fields of no schema":        {"x-fields-of: BookFields }", "x-fields-of: BookField }", "18", `"BookField"`},
		"fields of itself":           {"x-fields-of: BookFields }", "title: { example: a }, x-fields-of: BookChange }", "18", "title"},
		"a field twice":              {"created_at:", "note:", "25", "note is a field of BookFields"},
		"required of a wrong word":   {"required: all", "required: any", "21", `"any"`},
		"a schema in itself": {"created_at: {", `parts: { items: { $ref: "#/components/schemas/Book" } }
        created_at: {`, "25", "contains itself"},
		"no example":          {`note: { type: string, example: "" }`, "note: { type: string }", "17", "note has no example"},
		"no example of items": {`note: { type: string, example: "" }`, "note: { items: { type: string } }", "17", "note[] has no example"},
		"no value of a field": {`note: { type: string, example: "" }`, "note:", "17", "note has no example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := withBooks(t, bad.old, bad.new)
			if err == nil {
				t.Fatal("it is accepted")
			}
			for _, want := range []string{"handlers/api/books.yaml:" + bad.line, bad.says} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}
