package reference

import (
	"bytes"
	_ "embed"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"stoa/views"
)

// openAPI is joined by cmd/openapi from parts that are written by hand. Tests
// validate the responses of the server against it.
//
//go:embed openapi.yaml
var openAPI []byte

// describe returns the OpenAPI document as JSON, and what the pages show.
func describe(baseURL string) ([]byte, views.APIReference, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(openAPI, &doc); err != nil {
		return nil, views.APIReference{}, err
	}
	d := description{root: doc.Content[0]}
	d.at(d.root, "servers").Content[0] = mapping("url", baseURL)
	document, err := toJSON(d.root)
	if err != nil {
		return nil, views.APIReference{}, err
	}
	shown, err := d.content(baseURL)
	return document, shown, err
}

// toJSON returns a YAML node as JSON, with its keys in the order of the file.
func toJSON(n *yaml.Node, options ...jsontext.Options) ([]byte, error) {
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out, options...)
	if err := write(enc, n); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

func write(enc *jsontext.Encoder, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		return writeAll(enc, n, jsontext.BeginObject, jsontext.EndObject)
	case yaml.SequenceNode:
		return writeAll(enc, n, jsontext.BeginArray, jsontext.EndArray)
	}
	switch n.ShortTag() {
	case "!!int", "!!float", "!!bool", "!!null":
		return enc.WriteValue(jsontext.Value(n.Value))
	}
	return enc.WriteToken(jsontext.String(n.Value))
}

// writeAll writes the content of n. In a mapping, keys and values alternate, as
// in JSON tokens.
func writeAll(enc *jsontext.Encoder, n *yaml.Node, begin, end jsontext.Token) error {
	if err := enc.WriteToken(begin); err != nil {
		return err
	}
	for _, child := range n.Content {
		if err := write(enc, child); err != nil {
			return err
		}
	}
	return enc.WriteToken(end)
}

// mapping returns a YAML mapping with one key and a string.
func mapping(key, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{text(key), text(value)}}
}

func text(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}
