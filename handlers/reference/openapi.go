// Package reference serves the OpenAPI document and the API reference page.
package reference

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"

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
type Reference struct{ contents func() (contents, error) }

type contents struct {
	document []byte
	page     []byte
}

// Config is what the reference needs.
type Config struct {
	BaseURL string // the public URL of the server
	Engine  fiber.Views
}

// New returns the API reference of the server. The first request renders the
// document and the page, and later requests reuse both: the start of the
// program does not wait for them, and rendering them for each request would
// take a hundred times the work of the frame around the page.
func New(cfg Config) *Reference {
	return &Reference{sync.OnceValues(func() (contents, error) { return read(cfg.BaseURL, cfg.Engine) })}
}

// read refuses only a description that is broken, which no build should hold.
func read(baseURL string, engine fiber.Views) (contents, error) {
	document, shown, err := describe(baseURL)
	if err != nil {
		return contents{}, fmt.Errorf("openapi.yaml: %w", err)
	}
	var page bytes.Buffer
	err = engine.Render(&page, "docs/_reference", shown)
	return contents{document, page.Bytes()}, err
}

// describe returns the description as JSON, and as its page shows it.
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

// JSON answers with openapi.json.
func (r *Reference) JSON(c *fiber.Ctx) error {
	described, err := r.contents()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	return c.Send(described.document)
}

// Page shows the reference.
func (r *Reference) Page(c *fiber.Ctx) error {
	described, err := r.contents()
	if err != nil {
		return err
	}
	return respond.Framed(c, "shells/public", views.APIPage{Chrome: respond.Chrome(c)}, described.page)
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

// mapping returns a YAML mapping of one text.
func mapping(key, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{text(key), text(value)}}
}

func text(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}
