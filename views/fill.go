package views

import (
	"bytes"
	"net/url"
	"slices"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Fill returns a page in which the forms with the action have what was typed into their
// fields. Hidden fields, passwords and files stay as they are.
func Fill(page []byte, action string, typed url.Values) ([]byte, error) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, err
	}
	for node := range doc.Descendants() {
		if target, err := url.Parse(attribute(node, "action")); node.DataAtom == atom.Form && err == nil && target.Path == action {
			fillForm(node, typed)
		}
	}
	var out bytes.Buffer
	err = html.Render(&out, doc)
	return out.Bytes(), err
}

// fillForm fills fields of the same name in their order.
func fillForm(form *html.Node, typed url.Values) {
	seen := map[string]int{}
	for field := range form.Descendants() {
		name := attribute(field, "name")
		switch field.DataAtom {
		case atom.Input:
			fillInput(field, typed[name], seen[name])
		case atom.Textarea:
			fillTextArea(field, typed[name], seen[name])
		case atom.Option:
			mark(field, "selected", slices.Contains(typed[selectName(field)], optionValue(field)))
			continue
		default:
			continue
		}
		seen[name]++
	}
}

func fillInput(input *html.Node, typed []string, i int) {
	switch attribute(input, "type") {
	case "hidden", "password", "file", "submit", "button", "image", "reset":
	case "checkbox", "radio":
		value := attribute(input, "value")
		if value == "" {
			value = "on"
		}
		mark(input, "checked", slices.Contains(typed, value))
	default:
		if i < len(typed) {
			setAttribute(input, "value", typed[i])
		}
	}
}

func fillTextArea(area *html.Node, typed []string, i int) {
	if i >= len(typed) {
		return
	}
	for area.FirstChild != nil {
		area.RemoveChild(area.FirstChild)
	}
	area.AppendChild(&html.Node{Type: html.TextNode, Data: typed[i]})
}

// selectName returns the name of the select of an option.
func selectName(option *html.Node) string {
	for parent := range option.Ancestors() {
		if parent.DataAtom == atom.Select {
			return attribute(parent, "name")
		}
	}
	return ""
}

func optionValue(option *html.Node) string {
	for _, a := range option.Attr {
		if a.Key == "value" {
			return a.Val
		}
	}
	if option.FirstChild == nil {
		return ""
	}
	return option.FirstChild.Data
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// mark sets or removes an attribute without a value.
func mark(node *html.Node, name string, set bool) {
	node.Attr = slices.DeleteFunc(node.Attr, func(a html.Attribute) bool { return a.Key == name })
	if set {
		node.Attr = append(node.Attr, html.Attribute{Key: name})
	}
}

func setAttribute(node *html.Node, name, value string) {
	mark(node, name, false)
	node.Attr = append(node.Attr, html.Attribute{Key: name, Val: value})
}
