package main

import (
	"cmp"
	"iter"
	"slices"

	"go.yaml.in/yaml/v3"
)

// pairs yields the keys and values of a mapping in their order.
func pairs(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

// at returns the node under the keys, or nil.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var next *yaml.Node
		for k, value := range pairs(n) {
			if k == key {
				next = value
			}
		}
		n = next
	}
	return n
}

// set adds a key that the mapping lacks.
func set(n *yaml.Node, key string, value *yaml.Node) {
	n.Content = append(n.Content, text(key), value)
}

// put sets a key, in its place if the mapping has it.
func put(n *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content[i+1] = value
			return
		}
	}
	set(n, key, value)
}

func text(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

// child returns the mapping under the key, which it adds if it is absent.
func child(n *yaml.Node, key string) *yaml.Node {
	if at(n, key) == nil {
		set(n, key, &yaml.Node{Kind: yaml.MappingNode})
	}
	return at(n, key)
}

// remove removes a key and returns its index in Content, or -1 if it is absent.
func remove(n *yaml.Node, key string) int {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = slices.Delete(n.Content, i, i+2)
			return i
		}
	}
	return -1
}

// sort sorts the keys of a mapping.
func sort[K cmp.Ordered](n *yaml.Node, by func(key string) K) {
	list := slices.Collect(slices.Chunk(n.Content, 2))
	slices.SortStableFunc(list, func(a, b []*yaml.Node) int { return cmp.Compare(by(a[0].Value), by(b[0].Value)) })
	n.Content = slices.Concat(list...)
}
