package api

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofiber/fiber/v2"
	"go.yaml.in/yaml/v3"

	"stoa/handlers/respond"
	"stoa/views"
)

// openAPI is written by hand and is the truth: tests hold the server to it.
//
//go:embed openapi.yaml
var openAPI []byte

// Reference is the API's description: openapi.json for programs, a page for
// people.
type Reference struct {
	document []byte
	page     views.APIReference
}

// NewReference reads the description for the server with that public address.
// It refuses only a description that is broken, which no build should hold.
func NewReference(baseURL string) (*Reference, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(openAPI, &doc); err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	d := description{root: doc.Content[0]}
	d.at(d.root, "servers").Content[0] = mapping("url", baseURL)
	document, err := toJSON(d.root)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	return &Reference{document: document, page: d.page(baseURL)}, nil
}

// JSON answers with openapi.json.
func (r *Reference) JSON(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	return c.Send(r.document)
}

// Page shows the reference.
func (r *Reference) Page(c *fiber.Ctx) error {
	page := r.page
	page.Chrome = respond.Chrome(c)
	return respond.Page(c, "docs/api", page)
}

// toJSON writes YAML as JSON, in the order it was written in.
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

// writeAll writes the content of n, where keys and values take turns if it is a
// mapping: as JSON tokens do.
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

// mapping returns a YAML mapping of one text.
func mapping(key, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{text(key), text(value)}}
}

func text(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}
