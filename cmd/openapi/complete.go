package main

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var methods = []string{"get", "post", "put", "patch", "delete"}

// complete adds to every call what follows from its kind. What a part says by
// itself stays.
func (j *joiner) complete() error {
	for path, item := range pairs(at(j.root, "paths")) {
		if len(item.Content) == 0 {
			return fmt.Errorf("%s: no part has a call of %s", parts[0], path)
		}
		for _, call := range pairs(item) {
			if err := j.completeCall(strings.HasPrefix(path, "/api/"), call); err != nil {
				return err
			}
		}
		sort(item, func(method string) int { return slices.Index(methods, method) })
	}
	for _, response := range pairs(at(j.root, "components", "responses")) {
		if err := j.completeResponse(response); err != nil {
			return err
		}
	}
	listCodes(at(j.root, "components", "schemas"))
	return nil
}

// completeCall adds responses, and headers to the responses. A call under /api/
// has limits, and without security of its own it needs an access token.
func (j *joiner) completeCall(api bool, call *yaml.Node) error {
	responses, token := child(call, "responses"), at(call, "security") == nil
	if api {
		addRefs(responses, "responses", "429", "TooManyRequests", "500", "Internal", "503", "Unavailable")
	}
	if token {
		addRefs(responses, "responses", "401", "Unauthenticated")
	}
	if at(call, "requestBody") != nil {
		addRefs(responses, "responses", "400", "MalformedBody", "413", "TooLarge", "415", "UnsupportedMediaType", "422", "InvalidInput")
	}
	sort(responses, func(status string) string { return status })
	for status, response := range pairs(responses) {
		response, err := j.follow(response)
		if err != nil {
			return err
		}
		if err := j.completeResponse(response); err != nil {
			return err
		}
		headers := child(response, "headers")
		switch {
		case status == "401":
			addRefs(headers, "headers", "WWW-Authenticate", "WWW-Authenticate")
		case api && status < "300":
			addRefs(headers, "headers", "RateLimit", "RateLimit", "RateLimit-Policy", "RateLimit-Policy")
			if token && at(response, "content") != nil {
				addRefs(headers, "headers", "Cache-Control", "Private")
			}
		}
	}
	return nil
}

// completeResponse adds the header that every response has, and the body of an
// error for x-problem, the status and codes of the error.
func (j *joiner) completeResponse(response *yaml.Node) error {
	addRefs(child(response, "headers"), "headers", "X-Request-ID", "X-Request-ID")
	problem := at(response, "x-problem")
	if problem == nil {
		return nil
	}
	var errorOf struct {
		Status int
		Codes  []string
	}
	if err := problem.Decode(&errorOf); err != nil {
		return fmt.Errorf("%s: %w", j.file[problem], err)
	}
	var body yaml.Node
	if err := yaml.Unmarshal(fmt.Appendf(nil, problemBody, errorOf.Status, strings.Join(errorOf.Codes, ", ")), &body); err != nil {
		return err
	}
	remove(response, "x-problem")
	return j.merge(j.file[problem], response, body.Content[0])
}

// listCodes writes the keys of every x-codes, sorted by status, as the enum of
// its schema.
func listCodes(n *yaml.Node) {
	if n == nil {
		return
	}
	if codes := at(n, "x-codes"); codes != nil {
		sort(codes, func(code string) string {
			if status := at(codes, code, "status"); status != nil {
				return status.Value
			}
			return ""
		})
		enum := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for code := range pairs(codes) {
			enum.Content = append(enum.Content, text(code))
		}
		set(n, "enum", enum)
	}
	for _, inner := range n.Content {
		listCodes(inner)
	}
}

// addRefs adds references to components of the kind: a key, the name of the
// component, and so on. A key that is present stays.
func addRefs(n *yaml.Node, kind string, keysAndNames ...string) {
	for pair := range slices.Chunk(keysAndNames, 2) {
		if at(n, pair[0]) == nil {
			set(child(n, pair[0]), "$ref", text("#/components/"+kind+"/"+pair[1]))
		}
	}
}

// follow returns the component that a reference names, and every other node
// itself.
func (j *joiner) follow(n *yaml.Node) (*yaml.Node, error) {
	ref := at(n, "$ref")
	if ref == nil {
		return n, nil
	}
	found := at(j.root, strings.Split(strings.TrimPrefix(ref.Value, "#/"), "/")...)
	if found == nil {
		return nil, fmt.Errorf("%s: no part has %s", j.file[ref], ref.Value)
	}
	return found, nil
}

const problemBody = `
content:
  application/problem+json:
    schema:
      allOf:
        - $ref: "#/components/schemas/Problem"
        - properties:
            status: { type: integer, const: %d }
            code: { type: string, enum: [%s] }
`
