package main

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The places of the document that complete extends. Each, and each node above it,
// must be a mapping.
var mappings = []string{"components/*/*", "components/responses/*/headers", "paths/*/*/responses/*/headers"}

func (j *joiner) checkMappings() error {
	for _, place := range mappings {
		if err := j.checkMapping("", j.root, strings.Split(place, "/")); err != nil {
			return err
		}
	}
	return nil
}

func (j *joiner) checkMapping(path string, n *yaml.Node, place []string) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("%s: %s must be a mapping", j.file[n], path)
	}
	for key, value := range pairs(n) {
		if len(place) == 0 || place[0] != "*" && place[0] != key {
			continue
		}
		if err := j.checkMapping(path+"/"+key, value, place[1:]); err != nil {
			return err
		}
	}
	return nil
}

// checkMethods reports a path that has no call, or anything but calls.
func (j *joiner) checkMethods() error {
	for path, item := range pairs(at(j.root, "paths")) {
		if len(item.Content) == 0 {
			return fmt.Errorf("%s: no part has a call of %s", j.file[item], path)
		}
		for method, call := range pairs(item) {
			if !slices.Contains(methods, method) {
				return fmt.Errorf("%s: %s of %s is not one of %s; write it in each call", j.file[call], method, path, strings.Join(methods, ", "))
			}
		}
	}
	return nil
}
