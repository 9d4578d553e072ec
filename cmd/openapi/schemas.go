package main

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// fieldsOf stands among properties for the properties of another schema.
const fieldsOf = "x-fields-of"

func (j *joiner) completeSchemas() error {
	schemas := at(j.root, "components", "schemas")
	for _, schema := range pairs(schemas) {
		if err := j.copyFields(schema); err != nil {
			return err
		}
		if err := j.completeSchema(schema); err != nil {
			return err
		}
	}
	listCodes(schemas)
	return nil
}

// copyFields replaces x-fields-of by the properties of the schema that it names.
func (j *joiner) copyFields(schema *yaml.Node) error {
	properties := at(schema, "properties")
	source := at(properties, fieldsOf)
	if source == nil {
		return nil
	}
	named := at(j.root, "components", "schemas", source.Value)
	if at(named, "properties") == nil {
		return fmt.Errorf("%s: %s names %q, and no part has a schema of this name with properties", j.file[source], fieldsOf, source.Value)
	}
	place := remove(properties, fieldsOf)
	if err := j.copyFields(named); err != nil {
		return err
	}
	fields := at(named, "properties").Content
	for name := range pairs(at(named, "properties")) {
		if own := at(properties, name); own != nil {
			return fmt.Errorf("%s: %s is a field of %s, too; keep one", j.file[own], name, source.Value)
		}
	}
	properties.Content = slices.Insert(properties.Content, place, fields...)
	properties.Style = 0 // one line per field
	return nil
}

// completeSchema makes an object of a schema with properties and no type, and a
// list of required: all.
func (j *joiner) completeSchema(schema *yaml.Node) error {
	properties := at(schema, "properties")
	if properties != nil && at(schema, "type") == nil {
		closeObject(schema)
	}
	if err := j.listRequired(schema); err != nil {
		return err
	}
	for _, property := range pairs(properties) {
		if err := j.completeSchema(property); err != nil {
			return err
		}
	}
	if items := at(schema, "items"); items != nil {
		return j.completeSchema(items)
	}
	return nil
}

// closeObject writes that the schema is an object that allows no other field.
func closeObject(schema *yaml.Node) {
	first := &yaml.Node{Kind: yaml.MappingNode}
	set(first, "type", text("object"))
	if at(schema, "additionalProperties") == nil {
		set(first, "additionalProperties", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "false"})
	}
	schema.Content = append(first.Content, schema.Content...)
}

// listRequired writes the names of all properties for required: all.
func (j *joiner) listRequired(schema *yaml.Node) error {
	required := at(schema, "required")
	switch {
	case required == nil || required.Kind == yaml.SequenceNode:
		return nil
	case required.Value != "all":
		return fmt.Errorf("%s: required is %q; write a list of fields, or all", j.file[required], required.Value)
	}
	*required = yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for field := range pairs(at(schema, "properties")) {
		required.Content = append(required.Content, text(field))
	}
	return nil
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
