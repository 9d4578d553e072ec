package reference

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"stoa/views"
)

const base = "https://app.example.com"

// described returns the OpenAPI document as JSON, and what the pages show.
func described(t *testing.T) ([]byte, views.APIReference) {
	t.Helper()
	document, page, err := describe(base)
	if err != nil {
		t.Fatal(err)
	}
	return document, page
}

func reference(t *testing.T) views.APIReference {
	t.Helper()
	_, page := described(t)
	return page
}

func load(t *testing.T) *openapi3.T {
	t.Helper()
	document, _ := described(t)
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(loader.Context, openapi3.EnableMultiError()); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestOpenAPI_JSONEqualsYAML(t *testing.T) {
	t.Parallel()
	var source map[string]any
	if err := yaml.Unmarshal(openAPI, &source); err != nil {
		t.Fatal(err)
	}
	source["servers"] = []any{map[string]any{"url": base}}
	raw, err := json.Marshal(source)
	if err != nil {
		t.Fatal(err)
	}
	document, _ := described(t)
	if diff := cmp.Diff(decoded(t, raw), decoded(t, document)); diff != "" {
		t.Errorf("openapi.json (-yaml +json):\n%s", diff)
	}
}

func decoded(t *testing.T, raw []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestOpenAPI_EveryCallIsDescribedInFull(t *testing.T) {
	t.Parallel()
	doc := load(t)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			call := method + " " + path
			if op.OperationID == "" || op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s lacks an operationId, a summary or its one tag", call)
			}
			for status, r := range op.Responses.Map() {
				if r.Value.Headers["X-Request-ID"] == nil {
					t.Errorf("the response %s of %s lacks the header X-Request-ID, which cmd/openapi adds", status, call)
				}
			}
			for _, status := range wanted(path, op) {
				if op.Responses.Value(status) == nil {
					t.Errorf("%s lacks the response %s, which cmd/openapi adds", call, status)
				}
			}
		}
	}
}

// wanted returns the error statuses that the call must describe.
func wanted(path string, op *openapi3.Operation) []string {
	var statuses []string
	if strings.HasPrefix(path, "/api/") {
		statuses = append(statuses, "429", "500", "503")
	}
	if op.Security == nil {
		statuses = append(statuses, "401")
	}
	if op.RequestBody != nil {
		statuses = append(statuses, "400", "413", "415", "422")
	}
	return statuses
}

func TestOpenAPI_BodiesRefuseUnknownFields(t *testing.T) {
	t.Parallel()
	for name, schema := range load(t).Components.Schemas {
		s := schema.Value
		if s.Type.Is("object") && (s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has) {
			t.Errorf("schema %s allows unknown fields, which the server refuses: write additionalProperties: false", name)
		}
	}
}

// What oapi-codegen and ogen both understand. TestGeneratedClients runs them.
func TestOpenAPI_GeneratorsUnderstandTheSchemas(t *testing.T) {
	t.Parallel()
	document, _ := described(t)
	var check func(at string, v any)
	check = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if (v["const"] != nil || v["enum"] != nil) && v["type"] == nil {
				t.Errorf("%s has a const or an enum without a type", at)
			}
			if types, ok := v["type"].([]any); ok && (len(types) != 2 || types[1] != "null") {
				t.Errorf("%s has the types %v, want one, or one and null", at, types)
			}
			for key, inner := range v {
				check(at+"/"+key, inner)
			}
		case []any:
			for i, inner := range v {
				check(at+"/"+strconv.Itoa(i), inner)
			}
		}
	}
	check("", decoded(t, document))
}

// A generator that begins each Go name with a capital cannot tell such names apart.
func TestOpenAPI_NamesDifferByMoreThanCase(t *testing.T) {
	t.Parallel()
	document, _ := described(t)
	names := map[string]string{}
	for kind, components := range decoded(t, document).(map[string]any)["components"].(map[string]any) {
		for name := range components.(map[string]any) {
			other := names[strings.ToLower(name)]
			if other != "" && other != name {
				t.Errorf("components/%s/%s differs from %s by case only", kind, name, other)
			}
			names[strings.ToLower(name)] = name
		}
	}
}

func TestOpenAPI_EveryErrorCodeIsExplained(t *testing.T) {
	t.Parallel()
	explained := map[string]int{}
	for _, code := range reference(t).Codes {
		if len(code.Meaning) == 0 || code.Status < 400 || code.Status > 599 {
			t.Errorf("x-codes of ErrorCode has %+v, want a status of an error and a meaning", code)
		}
		explained[code.Code] = code.Status
	}
	for _, group := range reference(t).Nouns {
		for _, op := range group.Operations {
			for _, r := range op.Responses {
				for _, code := range r.Codes {
					if status, ok := explained[code]; !ok {
						t.Errorf("%s has the code %s, which x-codes of ErrorCode lacks: add it there with its status and meaning", op.ID, code)
					} else if status != r.Status {
						t.Errorf("%s has the code %s with %d, and x-codes of ErrorCode has it with %d", op.ID, code, r.Status, status)
					}
				}
			}
		}
	}
}

func TestReference_ShowsEveryCall(t *testing.T) {
	t.Parallel()
	doc, shown := load(t), map[string]views.APIOperation{}
	for _, group := range reference(t).Nouns {
		if len(group.Operations) == 0 || len(group.Description) == 0 {
			t.Errorf("the tag %s has no call or no description", group.Name)
		}
		for _, op := range group.Operations {
			shown[op.Method+" "+op.Path] = op
		}
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			op, ok := shown[method+" "+path]
			if !ok {
				t.Errorf("the page does not show %s %s: its tag must be in tags, in common.yaml or in the part of the resource", method, path)
				continue
			}
			if op.Summary == "" || len(op.Examples) != len(languages) || op.Success() == nil {
				t.Errorf("the page shows %s %s without a summary, an example in each language or a successful response: %+v", method, path, op)
			}
		}
	}
}

// An example that a user copies must be valid.
func TestReference_ExamplesFollowTheirSchemas(t *testing.T) {
	t.Parallel()
	doc := load(t)
	for _, group := range reference(t).Nouns {
		for _, shown := range group.Operations {
			op := doc.Paths.Value(shown.Path).GetOperation(shown.Method)
			if op.RequestBody != nil {
				follows(t, shown.ID, op.RequestBody.Value.Content["application/json"].Schema.Value, shown.RequestExample)
			}
			for _, r := range shown.Responses {
				if content := op.Responses.Status(r.Status).Value.Content["application/json"]; content != nil {
					follows(t, shown.ID, content.Schema.Value, views.PlainText(r.Example))
				}
			}
		}
	}
}

func follows(t *testing.T, call string, schema *openapi3.Schema, example string) {
	t.Helper()
	if example == "" {
		t.Errorf("%s: no example; each field of its body needs an example, an enum or a const", call)
		return
	}
	var value any
	if err := json.Unmarshal([]byte(example), &value); err != nil {
		t.Errorf("%s: example %q: %v", call, example, err)
		return
	}
	if err := schema.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.EnableFormatValidation()); err != nil {
		t.Errorf("%s: example %s does not match the schema: %v", call, example, err)
	}
}

func TestReference_NamesInnerFields(t *testing.T) {
	t.Parallel()
	want := []string{
		"sessions", "sessions[].id", "sessions[].kind", "sessions[].current", "sessions[].device", "sessions[].ip",
		"sessions[].created_at", "sessions[].last_seen_at", "sessions[].expires_at",
	}
	for _, group := range reference(t).Nouns {
		for _, op := range group.Operations {
			if op.ID != "listSessions" {
				continue
			}
			var got []string
			for _, f := range op.Responses[0].Fields {
				got = append(got, f.Name)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("fields of listSessions (-want +got):\n%s", diff)
			}
			return
		}
	}
	t.Error("listSessions is not shown")
}
