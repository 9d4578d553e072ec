package rig

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// description is the OpenAPI document of this commit. It is not read from a server:
// the first response of a run may be that of a server whose database is away, or of
// an older version.
var description struct {
	once   sync.Once
	doc    *openapi3.T
	router routers.Router
	err    error
}

// ReferencePath returns the path of the page in the API reference that has the operations
// of a tag; the name "" is that of the index.
func ReferencePath(tag string) string {
	return strings.TrimSuffix("/docs/api/"+strings.ReplaceAll(strings.ToLower(tag), " ", "-"), "/")
}

// Describe returns the OpenAPI document that the servers have, and a router for its
// operations.
func Describe() (*openapi3.T, routers.Router, error) {
	d := &description
	d.once.Do(func() {
		var raw []byte
		if raw, d.err = os.ReadFile(filepath.Join(Root(), "handlers", "reference", "openapi.yaml")); d.err != nil {
			return
		}
		loader := openapi3.NewLoader()
		if d.doc, d.err = loader.LoadFromData(raw); d.err != nil {
			return
		}
		if d.err = d.doc.Validate(loader.Context); d.err != nil {
			return
		}
		// The servers of this run have different URLs and the same document.
		d.doc.Servers = openapi3.Servers{{URL: "/"}}
		d.router, d.err = gorillamux.NewRouter(d.doc)
	})
	return d.doc, d.router, d.err
}

// Operation returns a call as the OpenAPI document describes it.
func (a *App) Operation(t testing.TB, r Route) *openapi3.Operation {
	t.Helper()
	doc, _, err := Describe()
	if err != nil {
		t.Fatal(err)
	}
	path := doc.Paths.Value(r.Described())
	if path == nil || path.GetOperation(r.Method) == nil {
		t.Fatalf("openapi.json lacks %s: describe it in the YAML file of its resource and run go run ./cmd/openapi", r)
	}
	return path.GetOperation(r.Method)
}

// Example returns the first example of the body of a call, or nil for a call that
// needs no body.
func (a *App) Example(t testing.TB, r Route) any {
	t.Helper()
	body := a.Operation(t, r).RequestBody
	if body == nil || !body.Value.Required {
		return nil
	}
	examples := body.Value.Content["application/json"].Examples
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		return examples[name].Value.Value
	}
	t.Fatalf("openapi.json has no example of the body of %s: add one to the YAML file of its resource", r)
	return nil
}

// checkSpec fails the test unless the response matches the OpenAPI document and, when
// the server accepted the request, the request does too.
func (a *Response) checkSpec(sent *http.Request, body []byte) {
	a.t.Helper()
	doc, router, err := Describe()
	if err != nil {
		a.t.Fatalf("openapi.json cannot be used: %v", err)
	}
	a.checkRules()
	req := sent.Clone(context.Background())
	req.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := router.FindRoute(req)
	switch {
	case errors.Is(err, routers.ErrPathNotFound):
		a.checkUndescribed(doc, req, http.StatusNotFound, "NotFound")
		return
	case errors.Is(err, routers.ErrMethodNotAllowed):
		a.checkUndescribed(doc, req, http.StatusMethodNotAllowed, "MethodNotAllowed")
		return
	case err != nil:
		a.t.Fatalf("%s: %v", a.Call, err)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: hasToken, IncludeResponseStatus: true, RejectWhenRequestBodyNotSpecified: true},
	}
	if a.Status < 300 {
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			a.t.Errorf("the server accepts the request %s, and openapi.json forbids it; correct the handler or the YAML file of its resource: %v", a.Call, err)
		}
	}
	a.validate(input)
}

// checkUndescribed checks the response for a path or method that is not in the document
// against the response that the document has for those.
func (a *Response) checkUndescribed(doc *openapi3.T, req *http.Request, status int, name string) {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("openapi.json does not describe %s, and the server responds with %d, want %d. If the call is meant to exist, add it to the YAML file of its resource in handlers/api and run go run ./cmd/openapi.\n%.500s",
			a.Call, a.Status, status, a.Body)
	}
	operation := &openapi3.Operation{Responses: openapi3.NewResponses(openapi3.WithStatus(status, doc.Components.Responses[name]))}
	a.validate(&openapi3filter.RequestValidationInput{Request: req, Route: &routers.Route{Spec: doc, Operation: operation}})
}

func (a *Response) validate(input *openapi3filter.RequestValidationInput) {
	a.t.Helper()
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.Status, Header: a.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, SchemaValidationOptions: []openapi3.SchemaValidationOption{openapi3.EnableFormatValidation()}},
	}
	response.SetBodyBytes(a.Body)
	if err := openapi3filter.ValidateResponse(context.Background(), response); err != nil {
		a.t.Errorf("the response to %s, %d, is not as openapi.json describes it; correct the handler or the YAML file of its resource: %.500s\n%.500s", a.Call, a.Status, err.Error(), a.Body)
	}
}

// checkRules checks what a schema cannot express.
func (a *Response) checkRules() {
	a.t.Helper()
	if cookies := a.Header.Values("Set-Cookie"); len(cookies) > 0 {
		a.t.Errorf("%s sets cookies: %q", a.Call, cookies)
	}
	if got := a.Header.Get("X-Content-Type-Options"); got != "nosniff" {
		a.t.Errorf("%s: X-Content-Type-Options = %q, want nosniff", a.Call, got)
	}
	if a.Status == http.StatusNoContent && len(a.Body) > 0 {
		a.t.Errorf("%s: a body with 204: %q", a.Call, a.Body)
	}
	if a.Status < 400 || a.Header.Get("Content-Type") == "application/json" {
		return
	}
	p := Decode[Problem](a)
	if p.Status != a.Status || p.RequestID != a.Header.Get("X-Request-ID") {
		a.t.Errorf("%s: the problem has %d %q, the response %d %q", a.Call, p.Status, p.RequestID, a.Status, a.Header.Get("X-Request-ID"))
	}
}

// hasToken accepts any bearer token: the server decides whether it is valid.
func hasToken(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	if in.RequestValidationInput.Request.Header.Get("Authorization") == "" {
		return in.NewError(nil)
	}
	return nil
}
