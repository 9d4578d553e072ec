package views

import (
	"fmt"
	"slices"
)

// Input is one input of a form for the template shared/inputs: the name of its part,
// and the data of the part.
type Input struct {
	Part string
	Data any
}

// Inputs returns the inputs of a form in their order, each with its error and, in a
// refused form, with what was typed, but never a password. An input is a Field, Number,
// Moment, Select, TextArea, Choice or Checkbox. Inputs panics for another type, so that
// the tests fail.
func (e *Errors) Inputs(inputs ...any) []Input {
	list := make([]Input, len(inputs))
	for i, input := range inputs {
		list[i] = e.input(input)
	}
	return list
}

func (e *Errors) input(input any) Input {
	switch in := input.(type) {
	case Field:
		in.Error = e.For(in.Ref())
		if in.Type == "password" {
			return Input{"password", in}
		}
		in.Value = e.typed(in.Name, in.Value)
		return Input{"field", in}
	case Number:
		in.Error, in.Value = e.For(in.Name), e.typed(in.Name, in.Value)
		return Input{"number", in}
	case Moment:
		in.Error, in.Value = e.For(in.Name), e.typed(in.Name, in.Value)
		return Input{"moment", in}
	case Select:
		in.Error, in.Options = e.For(in.Name), e.chosen(in.Name, in.Options)
		return Input{"select", in}
	case TextArea:
		in.Error, in.Value = e.For(in.Name), e.typed(in.Name, in.Value)
		return Input{"textarea", in}
	case Choice:
		in.Error, in.Options = e.For(in.Name), e.chosen(in.Name, in.Options)
		return Input{"choice", in}
	case Checkbox:
		if e != nil && e.Typed != nil {
			in.Checked = e.Typed(in.Name) != ""
		}
		return Input{"checkbox", in}
	}
	panic(fmt.Sprintf("views: a %T is no input of a form", input))
}

// typed returns what was typed into an input, or its value in a form that is not
// refused.
func (e *Errors) typed(name, value string) string {
	if e == nil || e.Typed == nil {
		return value
	}
	return e.Typed(name)
}

// chosen returns the options of an input, with the typed one selected.
func (e *Errors) chosen(name string, options []Option) []Option {
	if e == nil || e.Typed == nil {
		return options
	}
	options = slices.Clone(options)
	for i := range options {
		options[i].Checked = options[i].Value == e.Typed(name)
	}
	return options
}

// Labels are the values of a Select or a Choice in their order, each with its label.
type Labels []struct{ Value, Label string }

// For returns the label of a value, and the value itself without one.
func (l Labels) For(value string) string {
	for _, entry := range l {
		if entry.Value == value {
			return entry.Label
		}
	}
	return value
}

// Options returns an option for each value, the one of value selected. An option
// without a value, with the label first, comes before them unless first is "".
func (l Labels) Options(first, value string) []Option {
	var options []Option
	if first != "" {
		options = append(options, Option{Label: first})
	}
	for _, entry := range l {
		options = append(options, Option{Value: entry.Value, Label: entry.Label, Checked: entry.Value == value})
	}
	return options
}
