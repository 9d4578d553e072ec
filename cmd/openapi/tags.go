package main

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// addTags gives the only tag that a part declares to its calls without tags. A
// tag that another part has declared is merged with it.
func (j *joiner) addTags(part *yaml.Node) error {
	tags := at(part, "tags")
	if tags == nil {
		return nil
	}
	var added []*yaml.Node
	for _, tag := range tags.Content {
		name := at(tag, "name")
		switch {
		case name == nil:
			return fmt.Errorf("%s: a tag needs a name", j.file[tag])
		case j.tags[name.Value] == nil:
			j.tags[name.Value] = tag
			added = append(added, tag)
		default:
			if err := j.merge("/tags/"+name.Value, j.tags[name.Value], tag); err != nil {
				return err
			}
		}
	}
	if len(tags.Content) == 1 {
		tagCalls(part, at(tags.Content[0], "name").Value)
	}
	tags.Content = added
	return nil
}

func tagCalls(part *yaml.Node, name string) {
	for _, item := range pairs(at(part, "paths")) {
		for _, call := range pairs(item) {
			if call.Kind == yaml.MappingNode && at(call, "tags") == nil {
				set(call, "tags", &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: []*yaml.Node{text(name)}})
			}
		}
	}
}
