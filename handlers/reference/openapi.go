package reference

import (
	"bytes"
	_ "embed"
	"encoding/json"

	"go.yaml.in/yaml/v3"

	"stoa/views"
)

// openAPI is written by hand. Tests validate the responses of the server
// against it.
//
//go:embed openapi.yaml
var openAPI []byte

// describe returns the OpenAPI document as JSON, and the data of the page.
func describe(baseURL string) ([]byte, views.APIReference, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(openAPI, &doc); err != nil {
		return nil, views.APIReference{}, err
	}
	d := description{root: doc.Content[0]}
	d.at(d.root, "servers").Content[0] = mapping("url", baseURL)
	raw, err := toJSON(d.root)
	if err != nil {
		return nil, views.APIReference{}, err
	}
	var document bytes.Buffer
	err = json.Compact(&document, raw)
	return document.Bytes(), d.page(baseURL), err
}

// toJSON returns a YAML node as JSON, with its keys in the order of the file.
// The text has line breaks between tokens; the caller formats it with
// json.Compact or json.Indent, which refuse values that JSON does not have.
func toJSON(n *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	texts := json.NewEncoder(&out)
	texts.SetEscapeHTML(false)
	err := write(&out, texts, n)
	return out.Bytes(), err
}

func write(out *bytes.Buffer, texts *json.Encoder, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		return writeAll(out, texts, n, "{:,}")
	case yaml.SequenceNode:
		return writeAll(out, texts, n, "[,,]")
	}
	switch n.ShortTag() {
	case "!!int", "!!float", "!!bool", "!!null":
		out.WriteString(n.Value)
		return nil
	}
	return texts.Encode(n.Value)
}

// writeAll writes the content of n: in a mapping, keys and values alternate.
// The marks are the beginning, the two alternating separators and the end.
func writeAll(out *bytes.Buffer, texts *json.Encoder, n *yaml.Node, marks string) error {
	out.WriteByte(marks[0])
	for i, child := range n.Content {
		if i > 0 {
			out.WriteByte(marks[2-i%2])
		}
		if err := write(out, texts, child); err != nil {
			return err
		}
	}
	out.WriteByte(marks[3])
	return nil
}

// mapping returns a YAML mapping with one key and a string.
func mapping(key, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{text(key), text(value)}}
}

func text(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}
