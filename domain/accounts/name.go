package accounts

import "stoa/platform/text"

// Name is the name of a user: 1 to 100 characters in one line.
type Name string

var nameRule = text.Rule{Field: "name", Noun: "your name", Max: 100}

// ParseName returns the name by the rules of text.Rule for one line.
func ParseName(s string) (Name, error) {
	name, err := nameRule.Parse(s)
	return Name(name), err
}
