package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A short is a key of a call that stands for several. Its value is the name of a
// schema, or a mapping with the name under of and with options.
type short struct {
	key     string
	options []string
	expand  func(j *joiner, call *yaml.Node, of string, value *yaml.Node) error
}

var shorts = []short{
	{"x-body", []string{"example"}, (*joiner).expandBody},
	{"x-returns", []string{"status"}, (*joiner).expandReturns},
	{"x-list", []string{"q"}, (*joiner).expandList},
}

// expandCall replaces the short keys of a call.
func (j *joiner) expandCall(call *yaml.Node) error {
	for _, s := range shorts {
		value := at(call, s.key)
		if value == nil {
			continue
		}
		of, err := j.schemaOf(s, value)
		if err != nil {
			return err
		}
		remove(call, s.key)
		if err := s.expand(j, call, of, value); err != nil {
			return err
		}
	}
	for key, value := range pairs(call) {
		if strings.HasPrefix(key, "x-") {
			return fmt.Errorf("%s: a call has no %s; it can have x-body, x-returns and x-list", j.file[value], key)
		}
	}
	return nil
}

// schemaOf returns the name of the schema in the value of a short key.
func (j *joiner) schemaOf(s short, value *yaml.Node) (string, error) {
	of := value
	if value.Kind == yaml.MappingNode {
		of = at(value, "of")
	}
	for key := range pairs(value) {
		if key != "of" && !slices.Contains(s.options, key) {
			return "", fmt.Errorf("%s: %s has no %s; it can have of and %s", j.file[value], s.key, key, strings.Join(s.options, ", "))
		}
	}
	if of == nil || of.Kind != yaml.ScalarNode {
		return "", fmt.Errorf("%s: %s needs the name of a schema", j.file[value], s.key)
	}
	if at(j.root, "components", "schemas", of.Value) == nil {
		return "", fmt.Errorf("%s: %s names the schema %q, which no part has", j.file[value], s.key, of.Value)
	}
	return of.Value, nil
}

// expandBody writes the body of the request.
func (j *joiner) expandBody(call *yaml.Node, of string, value *yaml.Node) error {
	if err := j.mergeText(j.file[value], call, requestBody, of); err != nil {
		return err
	}
	if example := at(value, "example"); example != nil {
		media := at(call, "requestBody", "content", "application/json")
		set(child(child(media, "examples"), "usual"), "value", example)
	}
	return nil
}

// expandReturns writes the response to a call that succeeds.
func (j *joiner) expandReturns(call *yaml.Node, of string, value *yaml.Node) error {
	status := "200"
	if option := at(value, "status"); option != nil {
		status = option.Value
	}
	if number, _ := strconv.Atoi(status); number < 200 || number > 299 {
		return fmt.Errorf("%s: x-returns has the status %q; write one of success, such as 201", j.file[value], status)
	}
	if at(j.root, "components", "responses", of) == nil {
		description := at(j.root, "components", "schemas", of, "description")
		if description == nil {
			return fmt.Errorf("%s: x-returns needs a description of the schema %s", j.file[value], of)
		}
		if err := j.mergeText(j.file[value], j.root, response, of, description.Value); err != nil {
			return err
		}
	}
	return j.mergeText(j.file[value], call, success, status, of)
}

// expandList writes the parameters and the responses of a list that is read by
// page. The pages have a schema of their own, such as BookmarkPage.
func (j *joiner) expandList(call *yaml.Node, of string, value *yaml.Node) error {
	if q := at(value, "q"); q != nil {
		if q.Value == "" {
			return fmt.Errorf("%s: q needs a description of the search", j.file[q])
		}
		if err := j.mergeText(j.file[value], call, search, q.Value); err != nil {
			return err
		}
	}
	if at(j.root, "components", "schemas", of+"Page") == nil {
		if err := j.mergeText(j.file[value], j.root, page, of); err != nil {
			return err
		}
	}
	if err := j.mergeText(j.file[value], call, list); err != nil {
		return err
	}
	return j.expandReturns(call, of+"Page", value)
}

const (
	requestBody = `
requestBody:
  required: true
  content:
    application/json:
      schema: { $ref: "#/components/schemas/%s" }
`
	response = `
components:
  responses:
    %[1]s:
      description: %[2]q
      content:
        application/json:
          schema: { $ref: "#/components/schemas/%[1]s" }
`
	success = `
responses:
  "%s": { $ref: "#/components/responses/%s" }
`
	search = `
parameters:
  - name: q
    in: query
    description: %q
    schema: { type: string }
`
	list = `
parameters:
  - $ref: "#/components/parameters/Cursor"
responses:
  "422": { $ref: "#/components/responses/InvalidInput" }
`
	page = `
components:
  schemas:
    %[1]sPage:
      description: A page of the list.
      required: [items]
      properties:
        items:
          type: array
          items: { $ref: "#/components/schemas/%[1]s" }
        next_cursor: { $ref: "#/components/schemas/NextCursor" }
`
)
