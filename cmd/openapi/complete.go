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
		for method, call := range pairs(item) {
			if err := j.expandCall(call); err != nil {
				return err
			}
			if err := j.completeCall(path, method, call); err != nil {
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
	if err := j.completeSchemas(); err != nil {
		return err
	}
	return j.addExamples()
}

// completeCall adds parameters, responses, and headers to the responses. A call
// under /api/ has limits, and without security of its own it needs an access token.
func (j *joiner) completeCall(path, method string, call *yaml.Node) error {
	if tags := at(call, "tags"); tags == nil || len(tags.Content) != 1 {
		return fmt.Errorf("%s: %s of %s needs one tag; write tags: [Name], or declare one tag at the top of the file", j.file[call], method, path)
	}
	responses, token, api := child(call, "responses"), at(call, "security") == nil, strings.HasPrefix(path, "/api/")
	if strings.Contains(path, "{id}") {
		if err := j.addID(call); err != nil {
			return err
		}
		addRefs(responses, "responses", "404", "NotFound")
	}
	if api {
		addRefs(responses, "responses", "429", "TooManyRequests", "500", "Internal", "503", "Unavailable")
	}
	if token {
		addRefs(responses, "responses", "401", "Unauthenticated")
	}
	if at(call, "requestBody") != nil {
		addRefs(responses, "responses", "400", "MalformedBody", "413", "TooLarge", "415", "UnsupportedMediaType", "422", "InvalidInput")
	}
	if !succeeds(responses) {
		if method == "get" {
			return fmt.Errorf("%s: get of %s says nothing of its success; write x-returns, x-list or a response 200", j.file[call], path)
		}
		addRefs(responses, "responses", "204", "Done")
	}
	sort(responses, func(status string) string { return status })
	return j.completeHeaders(responses, api, token)
}

// addID adds the path parameter id before the other parameters.
func (j *joiner) addID(call *yaml.Node) error {
	if at(call, "parameters") == nil {
		set(call, "parameters", &yaml.Node{Kind: yaml.SequenceNode})
	}
	parameters := at(call, "parameters")
	if parameters.Kind != yaml.SequenceNode {
		return fmt.Errorf("%s: parameters must be a list", j.file[parameters])
	}
	for _, parameter := range parameters.Content {
		parameter, err := j.follow(parameter)
		if err != nil {
			return err
		}
		if name := at(parameter, "name"); name != nil && name.Value == "id" {
			return nil
		}
	}
	id := &yaml.Node{Kind: yaml.MappingNode}
	set(id, "$ref", text("#/components/parameters/PathID"))
	parameters.Content = slices.Insert(parameters.Content, 0, id)
	return nil
}

func succeeds(responses *yaml.Node) bool {
	for status := range pairs(responses) {
		if status < "300" {
			return true
		}
	}
	return false
}

func (j *joiner) completeHeaders(responses *yaml.Node, api, token bool) error {
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
	remove(response, "x-problem")
	return j.mergeText(j.file[problem], response, problemBody, errorOf.Status, strings.Join(errorOf.Codes, ", "))
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
