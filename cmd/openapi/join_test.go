package main

import (
	"bytes"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func TestJoin_OpenAPIIsUpToDate(t *testing.T) {
	t.Parallel()
	project := os.DirFS("../..")
	want, err := join(project)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../" + document)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what its parts say. Run: go run ./cmd/openapi", document)
	}
}

const (
	sharedPart = `
openapi: 3.1.0
tags: [{ name: Account }]
paths: { /api/second: {}, /api/first: {} }
components:
  responses:
    Done: { description: Done. }
    Read: { description: A book., content: { application/json: { schema: { const: read } } } }
    MalformedBody: { description: 400. }
    Unauthenticated: { description: 401. }
    TooLarge: { description: 413. }
    UnsupportedMediaType: { description: 415. }
    NotFound: { description: 404. }
    InvalidInput: { description: 422. }
    TooManyRequests: { description: 429. }
    Internal: { description: 500. }
    Unavailable: { description: 503. }
  parameters:
    PathID: { name: id, in: path }
    Cursor: { name: cursor, in: query }
  schemas:
    NextCursor: { type: string, example: b }
    Export: { type: object, required: [user], properties: { user: { example: Ada } } }
`
	firstPart = `
paths:
  /api/first:
    delete: { tags: [Account], responses: { "204": { $ref: "#/components/responses/Done" } } }
    get: { tags: [Account], responses: { "200": { $ref: "#/components/responses/Read" } } }
`
	secondPart = `
paths:
  /api/second:
    post:
      tags: [Account]
      security: []
      requestBody: {}
      responses:
        "409": { description: Taken., x-problem: { status: 409, codes: [taken, lent] } }
        "201": { description: New. }
`
	lastPart = `
paths:
  /health:
    get: { tags: [Account], security: [], responses: { "200": { description: Ready. } } }
`
)

// joined joins small parts. changed has the parts that differ from the constants.
func joined(t *testing.T, changed map[string]string) (map[string]any, error) {
	t.Helper()
	texts := map[string]string{
		"handlers/reference/common.yaml": sharedPart, "handlers/api/first.yaml": firstPart,
		"handlers/api/second.yaml": secondPart, "handlers/reference/operations.yaml": lastPart,
	}
	maps.Copy(texts, changed)
	fsys := fstest.MapFS{}
	for name, text := range texts {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	text, err := join(fsys)
	if err != nil {
		return nil, err
	}
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return doc, nil
}

func mustJoin(t *testing.T, changed map[string]string) map[string]any {
	t.Helper()
	doc, err := joined(t, changed)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// get returns the value under the keys.
func get(t *testing.T, doc any, keys ...string) any {
	t.Helper()
	for _, key := range keys {
		doc = doc.(map[string]any)[key]
	}
	return doc
}

func ref(name string) map[string]any { return map[string]any{"$ref": "#/components/" + name} }

func TestJoin_CallsGetTheResponsesOfTheirKind(t *testing.T) {
	t.Parallel()
	paths := mustJoin(t, nil)["paths"]
	for _, want := range []struct{ path, method, statuses string }{
		{"/api/first", "get", "200 401 429 500 503"},
		{"/api/first", "delete", "204 401 429 500 503"},
		{"/api/second", "post", "201 400 409 413 415 422 429 500 503"},
		{"/health", "get", "200"},
	} {
		responses := get(t, paths, want.path, want.method, "responses").(map[string]any)
		for _, status := range strings.Fields(want.statuses) {
			if responses[status] == nil {
				t.Errorf("%s %s lacks %s", want.method, want.path, status)
			}
			delete(responses, status)
		}
		for status := range responses {
			t.Errorf("%s %s has %s", want.method, want.path, status)
		}
	}
}

func TestJoin_ResponsesGetTheHeadersOfTheirKind(t *testing.T) {
	t.Parallel()
	doc := mustJoin(t, nil)
	for _, want := range []struct {
		of      any
		headers []string
	}{
		{get(t, doc, "components", "responses", "Read", "headers"), []string{"X-Request-ID", "RateLimit", "RateLimit-Policy", "Cache-Control"}},
		{get(t, doc, "components", "responses", "Done", "headers"), []string{"X-Request-ID", "RateLimit", "RateLimit-Policy"}},
		{get(t, doc, "paths", "/api/second", "post", "responses", "201", "headers"), []string{"X-Request-ID", "RateLimit", "RateLimit-Policy"}},
		{get(t, doc, "paths", "/api/second", "post", "responses", "409", "headers"), []string{"X-Request-ID"}},
		{get(t, doc, "paths", "/health", "get", "responses", "200", "headers"), []string{"X-Request-ID"}},
	} {
		headers := map[string]any{}
		for _, name := range want.headers {
			headers[name] = ref("headers/" + name)
		}
		if headers["Cache-Control"] != nil {
			headers["Cache-Control"] = ref("headers/Private")
		}
		if diff := cmp.Diff(any(headers), want.of); diff != "" {
			t.Errorf("headers (-want +got):\n%s", diff)
		}
	}
}

func TestJoin_KeepsWhatAPartSays(t *testing.T) {
	t.Parallel()
	doc := mustJoin(t, map[string]string{"handlers/api/first.yaml": `
paths:
  /api/first:
    get: { tags: [Account], responses: { "200": { description: A list., headers: { RateLimit: { description: Own. } } }, "401": { description: Wrong password. } } }
`})
	responses := get(t, doc, "paths", "/api/first", "get", "responses")
	if got := get(t, responses, "200", "headers", "RateLimit", "description"); got != "Own." {
		t.Errorf("the header is %v, want that of the part", got)
	}
	if got := get(t, responses, "401", "description"); got != "Wrong password." {
		t.Errorf("401 is %v, want that of the part", got)
	}
	if got := get(t, responses, "401", "headers", "WWW-Authenticate"); got == nil {
		t.Error("401 lacks WWW-Authenticate")
	}
}

func TestJoin_ProblemBecomesTheBodyOfTheError(t *testing.T) {
	t.Parallel()
	got := get(t, mustJoin(t, nil), "paths", "/api/second", "post", "responses", "409", "content")
	want := map[string]any{"application/problem+json": map[string]any{"schema": map[string]any{"allOf": []any{
		ref("schemas/Problem"),
		map[string]any{"properties": map[string]any{
			"status": map[string]any{"type": "integer", "const": 409}, "code": map[string]any{"type": "string", "enum": []any{"taken", "lent"}},
		}},
	}}}}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("content (-want +got):\n%s", diff)
	}
}

func TestJoin_CodesBecomeTheEnumInTheOrderOfTheirStatus(t *testing.T) {
	t.Parallel()
	doc := mustJoin(t, map[string]string{"handlers/api/books.yaml": `
components: { schemas: { ErrorCode: { type: string, x-codes: { lent: { status: 409, meaning: "It is lent." } } } } }
`, "handlers/api/pages.yaml": `
components: { schemas: { ErrorCode: { x-codes: { torn: { status: 404, meaning: "It is torn." } } } } }
`})
	if diff := cmp.Diff(any([]any{"torn", "lent"}), get(t, doc, "components", "schemas", "ErrorCode", "enum")); diff != "" {
		t.Errorf("enum (-want +got):\n%s", diff)
	}
}

// The order of paths, methods and statuses is that of the API reference page.
func TestJoin_Order(t *testing.T) {
	t.Parallel()
	text, err := join(fstest.MapFS{
		"handlers/reference/common.yaml":     {Data: []byte(sharedPart)},
		"handlers/api/first.yaml":            {Data: []byte(firstPart)},
		"handlers/api/another.yaml":          {Data: []byte("paths: { /api/another: { get: { tags: [Account], security: [], responses: { \"200\": { description: Fine. } } } } }")},
		"handlers/api/second.yaml":           {Data: []byte(secondPart)},
		"handlers/reference/operations.yaml": {Data: []byte(lastPart)},
	})
	if err != nil {
		t.Fatal(err)
	}
	rest := string(text)
	for _, next := range []string{"/api/second", `"201"`, `"400"`, `"409"`, "/api/first", "get:", "delete:", "/api/another", "/health"} {
		at := strings.Index(rest, next)
		if at < 0 {
			t.Fatalf("%s does not follow; the document is\n%s", next, text)
		}
		rest = rest[at:]
	}
}

func TestJoin_APartAddsToWhatAnotherHas(t *testing.T) {
	t.Parallel()
	doc := mustJoin(t, map[string]string{"handlers/api/books.yaml": `
tags: [{ name: Books }]
paths: { /api/first: { put: { security: [] } } }
components: { schemas: { Export: { type: object, required: [books], properties: { books: { type: array, example: [] } } } } }
`})
	want := map[string]any{
		"type": "object", "required": []any{"user", "books"},
		"properties": map[string]any{"user": map[string]any{"example": "Ada"}, "books": map[string]any{"type": "array", "example": []any{}}},
	}
	if diff := cmp.Diff(any(want), get(t, doc, "components", "schemas", "Export")); diff != "" {
		t.Errorf("Export (-want +got):\n%s", diff)
	}
	if got := get(t, doc, "tags").([]any); len(got) != 2 {
		t.Errorf("tags = %v, want two", got)
	}
	if get(t, doc, "paths", "/api/first", "put") == nil || get(t, doc, "paths", "/api/first", "get") == nil {
		t.Error("/api/first lacks put or get, want the calls of both parts")
	}
}

func TestJoin_Refusals(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]struct {
		file, text string
		says       []string
	}{
		"two values of a key": {
			"handlers/api/books.yaml", "components: { schemas: { Export: { type: array } } }",
			[]string{"/components/schemas/Export/type", "handlers/reference/common.yaml:23", "handlers/api/books.yaml:1"},
		},
		"a value and a mapping": {
			"handlers/api/books.yaml", "openapi: { version: 3 }",
			[]string{"/openapi", "handlers/reference/common.yaml:2", "handlers/api/books.yaml:1"},
		},
		"a key twice in a part":  {"handlers/api/books.yaml", "paths:\n  /a: {}\n  /a: {}\n", []string{"handlers/api/books.yaml", `"/a" already defined at line 2`}},
		"an unknown response":    {"handlers/api/first.yaml", strings.ReplaceAll(firstPart, "/Done", "/Doen"), []string{"handlers/api/first.yaml:4", "#/components/responses/Doen"}},
		"an empty part":          {"handlers/api/books.yaml", "# soon\n", []string{"handlers/api/books.yaml is empty"}},
		"a part that is no YAML": {"handlers/api/books.yaml", "paths: [", []string{"handlers/api/books.yaml"}},
		"an alias":               {"handlers/api/books.yaml", "a: &x {}\nb: *x\n", []string{"handlers/api/books.yaml:1", "anchors"}},
		"a merge key":            {"handlers/api/books.yaml", "a:\n  <<: { b: c }\n", []string{"handlers/api/books.yaml:2", "anchors"}},
		"parameters of a path": {
			"handlers/api/first.yaml", "paths:\n  /api/first:\n    parameters:\n      - name: id\n    get: {}\n",
			[]string{"handlers/api/first.yaml:3", "parameters of /api/first", "in each call"},
		},
		"a call that is no mapping": {"handlers/api/first.yaml", "paths:\n  /api/first:\n    get:\n", []string{"handlers/api/first.yaml:3", "/paths//api/first/get must be a mapping"}},
		"responses in a list":       {"handlers/api/first.yaml", "paths: { /api/first: { get: { responses: [] } } }", []string{"handlers/api/first.yaml:1", "get/responses must be a mapping"}},
		"headers without a value":   {"handlers/api/books.yaml", "components: { responses: { Page: { headers: } } }", []string{"handlers/api/books.yaml:1", "/components/responses/Page/headers"}},
		"a path without a call":     {"handlers/api/second.yaml", "paths: {}", []string{"handlers/reference/common.yaml", "/api/second"}},
		"a problem with a typo":     {"handlers/api/first.yaml", `paths: { /api/first: { get: { tags: [Account], responses: { "404": { x-problem: { status: none } } } } } }`, []string{"handlers/api/first.yaml:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := joined(t, map[string]string{bad.file: bad.text})
			if err == nil {
				t.Fatal("it is accepted")
			}
			for _, want := range bad.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}
