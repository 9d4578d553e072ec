package main

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// addExamples gives every JSON body without an example one that is composed of
// the examples of its fields.
func (j *joiner) addExamples() error {
	var bodies []*yaml.Node
	for _, item := range pairs(at(j.root, "paths")) {
		for _, call := range pairs(item) {
			bodies = append(bodies, at(call, "requestBody"))
			for _, response := range pairs(at(call, "responses")) {
				bodies = append(bodies, response)
			}
		}
	}
	for _, response := range pairs(at(j.root, "components", "responses")) {
		bodies = append(bodies, response)
	}
	for _, body := range bodies {
		media := at(body, "content", "application/json")
		if at(media, "schema") == nil || at(media, "examples") != nil {
			continue
		}
		value, err := j.sample("the body", at(media, "schema"))
		if err != nil {
			return err
		}
		set(child(child(media, "examples"), "usual"), "value", value)
	}
	return nil
}

// sample returns an example of a schema. The names of the references that led to
// it end the composition of a schema that contains itself.
func (j *joiner) sample(name string, schema *yaml.Node, refs ...string) (*yaml.Node, error) {
	if ref := at(schema, "$ref"); ref != nil {
		if slices.Contains(refs, ref.Value) {
			return nil, fmt.Errorf("%s: %s contains itself; write an example", j.file[schema], name)
		}
		refs = append(slices.Clone(refs), ref.Value)
		followed, err := j.follow(schema)
		if err != nil {
			return nil, err
		}
		schema = followed
	}
	for _, key := range []string{"example", "const"} {
		if value := at(schema, key); value != nil {
			return value, nil
		}
	}
	if values := at(schema, "enum"); values != nil && len(values.Content) > 0 {
		return values.Content[0], nil
	}
	if items := at(schema, "items"); items != nil {
		item, err := j.sample(name+"[]", items, refs...)
		return &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{item}}, err
	}
	return j.sampleObject(name, schema, refs)
}

func (j *joiner) sampleObject(name string, schema *yaml.Node, refs []string) (*yaml.Node, error) {
	object := &yaml.Node{Kind: yaml.MappingNode}
	parts := []*yaml.Node{schema}
	if all := at(schema, "allOf"); all != nil {
		parts = append(parts, all.Content...)
	}
	for _, part := range parts {
		part, err := j.follow(part)
		if err != nil {
			return nil, err
		}
		for field, property := range pairs(at(part, "properties")) {
			value, err := j.sample(field, property, refs...)
			if err != nil {
				return nil, err
			}
			put(object, field, value) // a later part of allOf restricts a field
		}
	}
	if len(object.Content) == 0 {
		return nil, fmt.Errorf("%s: %s has no example; write an example, an enum or a const", j.file[schema], name)
	}
	return object, nil
}
