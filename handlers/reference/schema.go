package reference

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"stoa/views"
)

// fields lists the fields of an object, with those of inner objects: user.id,
// sessions[].id.
func (d description) fields(schema *yaml.Node, prefix string) []views.APIField {
	var list []views.APIField
	required := map[string]bool{}
	for _, name := range d.at(schema, "required").Content {
		required[name.Value] = true
	}
	for name, property := range pairs(d.at(schema, "properties")) {
		list = append(list, views.APIField{
			Name: prefix + name, Type: d.kind(property), Description: d.prose(property, "description"), Required: required[name],
		})
		list = append(list, d.fields(property, prefix+name+".")...)
		list = append(list, d.fields(d.at(property, "items"), prefix+name+"[].")...)
	}
	for _, part := range d.at(schema, "allOf").Content {
		if !d.refines(part) {
			list = append(list, d.fields(part, prefix)...)
		}
	}
	return list
}

// refines reports whether a part of allOf only restricts another part.
func (d description) refines(part *yaml.Node) bool { return d.at(part, "type") == nothing }

// kind returns the type of a schema in words.
func (d description) kind(schema *yaml.Node) string {
	schema = d.at(schema)
	if list := values(schema); len(list) > 0 {
		return strings.Join(list, " or ")
	}
	types := d.at(schema, "type")
	words := types.Value
	if types.Kind == yaml.SequenceNode {
		words = types.Content[0].Value + " or " + types.Content[1].Value
	}
	if items := d.at(schema, "items"); items != nothing {
		words += " of " + d.at(items, "type").Value + "s"
	}
	if format := d.at(schema, "format"); format != nothing {
		words += ", " + format.Value
	}
	return words + d.bounds(schema, "minLength", "maxLength", " characters") + d.bounds(schema, "minimum", "maximum", "")
}

// bounds returns the limits of a value in words.
func (d description) bounds(schema *yaml.Node, min, max, unit string) string {
	least, most := d.at(schema, min).Value, d.at(schema, max).Value
	switch {
	case most == "":
		return ""
	case least == "" || least == most:
		return ", up to " + most + unit
	}
	return ", " + least + " to " + most + unit
}

// example returns the first example of a media type as indented JSON. It returns
// "" if there is none.
func (d description) example(media *yaml.Node) string {
	for _, example := range pairs(d.at(media, "examples")) {
		raw, err := toJSON(d.at(example, "value"), jsontext.WithIndent("  "))
		if err != nil {
			return ""
		}
		return string(raw)
	}
	return ""
}
