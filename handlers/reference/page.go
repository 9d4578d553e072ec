package reference

import (
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
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
		next := nothing
		for k, v := range pairs(n) {
			if k == key {
				next = v
			}
		}
		n = d.follow(next)
	}
	return n
}

func (d description) follow(n *yaml.Node) *yaml.Node {
	for k, v := range pairs(n) {
		if k == "$ref" {
			return d.at(d.root, strings.Split(strings.TrimPrefix(v.Value, "#/"), "/")...)
		}
	}
	return n
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

func (d description) page(baseURL string) views.APIReference {
	page := views.APIReference{BaseURL: baseURL, Version: d.at(d.root, "info", "version").Value}
	for _, tag := range d.at(d.root, "tags").Content {
		name := d.at(tag, "name").Value
		group := views.APIGroup{ID: strings.ToLower(name), Name: name, Description: plain(d.at(tag, "description"))}
		for path, item := range pairs(d.at(d.root, "paths")) {
			for method, op := range pairs(item) {
				if d.at(op, "tags").Content[0].Value == name {
					group.Operations = append(group.Operations, d.operation(baseURL, strings.ToUpper(method), path, op))
				}
			}
		}
		page.Groups = append(page.Groups, group)
	}
	for code, about := range pairs(d.at(d.root, "components", "schemas", "ErrorCode", "x-codes")) {
		page.Codes = append(page.Codes, views.APICode{
			Status: number(d.at(about, "status")), Code: code, Meaning: plain(d.at(about, "meaning")),
		})
	}
	return page
}

func (d description) operation(baseURL, method, path string, op *yaml.Node) views.APIOperation {
	o := views.APIOperation{
		ID: d.at(op, "operationId").Value, Method: method, Path: path, Auth: d.auth(op),
		Summary: d.at(op, "summary").Value, Description: plain(d.at(op, "description")),
	}
	for _, p := range d.at(op, "parameters").Content {
		o.Params = append(o.Params, views.APIParam{
			Name: d.at(p, "name").Value, In: d.at(p, "in").Value, Type: d.kind(d.at(p, "schema")),
			Description: plain(d.at(p, "description")), Required: d.at(p, "required").Value == "true",
		})
	}
	body := d.at(op, "requestBody")
	content := d.at(body, "content", "application/json")
	o.Request, o.RequestExample = d.fields(d.at(content, "schema"), ""), d.example(content)
	o.Curl = curl(baseURL, o, d.at(body, "required").Value == "true")
	for status, response := range pairs(d.at(op, "responses")) {
		o.Responses = append(o.Responses, d.response(status, d.follow(response)))
	}
	return o
}

// response describes a response. For an error it lists only the codes, because
// the other fields are the same for all errors.
func (d description) response(status string, n *yaml.Node) views.APIResponse {
	r := views.APIResponse{Description: plain(d.at(n, "description"))}
	r.Status, _ = strconv.Atoi(status)
	if content := d.at(n, "content", "application/json"); content != nothing {
		r.Fields, r.Example = d.fields(d.at(content, "schema"), ""), d.example(content)
		return r
	}
	for _, part := range d.at(n, "content", "application/problem+json", "schema", "allOf").Content {
		if code := d.at(part, "properties", "code"); d.refines(part) && code != nothing {
			r.Fields = []views.APIField{{Name: "code", Type: d.kind(code), Required: true}}
		}
	}
	return r
}

// auth returns the credentials that a call needs, in words.
func (d description) auth(op *yaml.Node) string {
	security := d.at(op, "security")
	switch {
	case security == nothing:
		return "Access token"
	case len(security.Content) == 0:
		return ""
	}
	return "Access token, or a refresh token in the body"
}

// curl returns a command that sends the request.
func curl(baseURL string, o views.APIOperation, withBody bool) string {
	parts := []string{"curl " + baseURL + o.Path}
	if o.Method != http.MethodGet {
		parts[0] = "curl -X " + o.Method + " " + baseURL + o.Path
	}
	if o.Auth != "" {
		parts = append(parts, `-H "Authorization: Bearer $TOKEN"`)
	}
	if withBody {
		parts = append(parts, "-H 'Content-Type: application/json'", "-d '"+compact(o.RequestExample)+"'")
	}
	return strings.Join(parts, " \\\n  ")
}

func compact(text string) string {
	value := jsontext.Value(text)
	if err := value.Compact(); err != nil {
		return text
	}
	return string(value)
}

// plain returns a description as one line, without its backquotes.
func plain(n *yaml.Node) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(n.Value, "`", "")), " ")
}

func number(n *yaml.Node) int {
	i, _ := strconv.Atoi(n.Value)
	return i
}
