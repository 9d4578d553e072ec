package views

import "fmt"

// Input is one input of a form for the template shared/inputs: the name of its part,
// and the data of the part.
type Input struct {
	Part string
	Data any
}

// Inputs returns the inputs of a form in their order, each with its error. An input is
// a Field, Number, Moment, Select, TextArea, Choice or Checkbox. Inputs panics for
// another type, so that the tests fail.
func (e Errors) Inputs(inputs ...any) []Input {
	list := make([]Input, len(inputs))
	for i, input := range inputs {
		list[i] = e.input(input)
	}
	return list
}

func (e Errors) input(input any) Input {
	switch in := input.(type) {
	case Field:
		in.Error = e.For(in.Ref())
		if in.Type == "password" {
			return Input{"password", in}
		}
		return Input{"field", in}
	case Number:
		in.Error = e.For(in.Name)
		return Input{"number", in}
	case Moment:
		in.Error = e.For(in.Name)
		return Input{"moment", in}
	case Select:
		in.Error = e.For(in.Name)
		return Input{"select", in}
	case TextArea:
		in.Error = e.For(in.Name)
		return Input{"textarea", in}
	case Choice:
		in.Error = e.For(in.Name)
		return Input{"choice", in}
	case Checkbox:
		return Input{"checkbox", in}
	}
	panic(fmt.Sprintf("views: a %T is no input of a form", input))
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
