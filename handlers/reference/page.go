package reference

import (
	"iter"
	"net/http"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"stoa/views"
)

// description reads the OpenAPI document.
type description struct{ root *yaml.Node }

// nothing is the node that at returns for a missing key.
var nothing = &yaml.Node{}

// at returns the node under the keys, and follows references ($ref).
func (d description) at(n *yaml.Node, keys ...string) *yaml.Node {
	n = d.follow(n)
	for _, key := range keys {
		n = d.follow(child(n, key))
	}
	return n
}

func (d description) follow(n *yaml.Node) *yaml.Node {
	if ref := child(n, "$ref"); ref != nothing {
		return d.at(d.root, strings.Split(strings.TrimPrefix(ref.Value, "#/"), "/")...)
	}
	return n
}

func child(n *yaml.Node, key string) *yaml.Node {
	for k, v := range pairs(n) {
		if k == key {
			return v
		}
	}
	return nothing
}

// pairs yields the keys and values of a mapping in their order.
func pairs(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

// call is an operation of the document.
type call struct {
	method, path string
	node         *yaml.Node
}

// calls yields the operations in the order of the document.
func (d description) calls() iter.Seq[call] {
	return func(yield func(call) bool) {
		for path, item := range pairs(d.at(d.root, "paths")) {
			for method, op := range pairs(item) {
				if !yield(call{strings.ToUpper(method), path, op}) {
					return
				}
			}
		}
	}
}

// content returns what the pages show.
func (d description) content(baseURL string) (views.APIReference, error) {
	info := d.at(d.root, "info")
	lead, chapters, err := split(d.at(info, "description").Value)
	all := views.APIReference{
		BaseURL: baseURL, Summary: d.at(info, "summary").Value, Lead: prose(lead), Chapters: chapters,
		Codes:      d.codes("ErrorCode"),
		FieldCodes: d.codes("FieldError", "properties", "code"),
	}
	uses := d.uses()
	for _, tag := range d.at(d.root, "tags").Content {
		name := d.at(tag, "name").Value
		noun := views.APINoun{ID: slug(name), Name: name, Description: d.prose(tag, "description")}
		for c := range d.calls() {
			if d.at(c.node, "tags").Content[0].Value == name {
				noun.Operations = append(noun.Operations, d.operation(c, uses))
			}
		}
		all.Nouns = append(all.Nouns, noun)
	}
	for c := range d.calls() {
		if d.at(c.node, "operationId").Value == "login" {
			signIn := d.operation(c, uses)
			all.SignIn = &signIn
		}
	}
	return all, err
}

// slug returns a name as a part of a path: api-keys for "API keys".
func slug(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", "-") }

func (d description) codes(schema ...string) []views.APICode {
	var list []views.APICode
	path := append(append([]string{"components", "schemas"}, schema...), "x-codes")
	for code, about := range pairs(d.at(d.root, path...)) {
		status, _ := strconv.Atoi(d.at(about, "status").Value)
		list = append(list, views.APICode{Status: status, Code: code, Meaning: d.prose(about, "meaning")})
	}
	return list
}

// uses returns how many operations have each shared response, by its reference.
func (d description) uses() map[string]int {
	count := map[string]int{}
	for c := range d.calls() {
		for _, response := range pairs(d.at(c.node, "responses")) {
			count[child(response, "$ref").Value]++
		}
	}
	return count
}

func (d description) operation(c call, uses map[string]int) views.APIOperation {
	o := views.APIOperation{
		ID: d.at(c.node, "operationId").Value, Method: c.method, Path: c.path, Auth: d.auth(c.node),
		Summary: d.at(c.node, "summary").Value, Description: d.prose(c.node, "description"),
	}
	for _, p := range d.at(c.node, "parameters").Content {
		o.Params = append(o.Params, views.APIParam{
			Name: d.at(p, "name").Value, In: d.at(p, "in").Value, Type: d.kind(d.at(p, "schema")),
			Description: d.prose(p, "description"), Required: d.at(p, "required").Value == "true",
		})
	}
	content := d.at(c.node, "requestBody", "content", "application/json")
	o.Request, o.RequestExample = d.fields(d.at(content, "schema"), ""), d.example(content)
	o.Examples = examples(d.request(c, o.RequestExample))
	for status, response := range pairs(d.at(c.node, "responses")) {
		r := d.response(status, d.follow(response))
		r.Shared = uses[child(response, "$ref").Value] > 1 && child(response, "$ref") != nothing
		o.Responses = append(o.Responses, r)
	}
	return o
}

// request returns the request that the examples send. A token that is optional is sent
// where the call needs no body: a body that it needs has what stands in for the token.
func (d description) request(c call, body string) request {
	r := request{method: c.method, path: c.path}
	if d.at(c.node, "requestBody", "required").Value == "true" {
		r.body = body
	}
	security := d.at(c.node, "security")
	r.token = security == nothing || len(security.Content) > 0 && r.body == ""
	return r
}

// response describes a response. For an error it lists only the codes, because
// the other fields are the same for all errors.
func (d description) response(status string, n *yaml.Node) views.APIResponse {
	r := views.APIResponse{Description: d.prose(n, "description")}
	r.Status, _ = strconv.Atoi(status)
	r.Reason = http.StatusText(r.Status)
	if content := d.at(n, "content", "application/json"); content != nothing {
		r.Fields = d.fields(d.at(content, "schema"), "")
		r.Example = highlight(jsonWords, d.example(content))
		return r
	}
	for _, part := range d.at(n, "content", "application/problem+json", "schema", "allOf").Content {
		if code := d.at(part, "properties", "code"); d.refines(part) && code != nothing {
			r.Codes = values(code)
		}
	}
	return r
}

// values returns the values that a schema allows.
func values(schema *yaml.Node) []string {
	if one := child(schema, "const"); one != nothing {
		return []string{one.Value}
	}
	var list []string
	for _, n := range child(schema, "enum").Content {
		list = append(list, n.Value)
	}
	return list
}

// auth returns the credentials of a call, in words.
func (d description) auth(op *yaml.Node) string {
	security := d.at(op, "security")
	switch {
	case security == nothing:
		return "Needs an access token."
	case len(security.Content) == 0:
		return ""
	}
	return "Takes an access token, or what the body has in its place."
}
