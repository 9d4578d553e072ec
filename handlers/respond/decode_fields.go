package respond

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"stoa/platform/convert"
)

var timeType = reflect.TypeFor[time.Time]()

// field is a field of a request struct; its index is that of the Go field.
type field struct {
	name     string
	optional bool
}

var fieldsByType sync.Map // reflect.Type -> []field

// fieldsOf returns the fields of a request struct. It panics for one that
// DecodeJSON does not support.
func fieldsOf(t reflect.Type) []field {
	if fields, ok := fieldsByType.Load(t); ok {
		return fields.([]field)
	}
	check(t, t.String(), 0)
	fields := make([]field, t.NumField())
	for i := range fields {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields[i] = field{name, option != ""}
	}
	fieldsByType.Store(t, fields)
	return fields
}

// optional returns the fields, all of them optional.
func optional(fields []field) []field {
	return convert.All(fields, func(f field) field { return field{f.name, true} })
}

const maxDepth = 6 // fields and list items within each other

// check panics for a type that value cannot read.
func check(t reflect.Type, where string, depth int) {
	kinds, _ := expected(t)
	switch {
	case depth > maxDepth:
		unsupported(where, fmt.Sprintf("it is deeper than %d levels", maxDepth))
	case kinds == "":
		unsupported(where, "it is a "+t.String()+"; use a string, bool, int, float64, time.Time or struct, or a list of one; the option omitzero makes a field optional")
	case kinds == "[":
		check(t.Elem(), where+"[]", depth+1)
	case kinds == "{":
		checkFields(t, where, depth)
	}
}

func checkFields(t reflect.Type, where string, depth int) {
	if t.NumField() >= maxMembers {
		unsupported(where, fmt.Sprintf("it has more than %d fields", maxMembers-1))
	}
	names := map[string]bool{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || len(name) > maxName || option != "" && option != "omitzero" || names[name] {
			unsupported(where+"."+f.Name, "it must be exported and have a json tag with a name that no other field has, and with no option but omitzero")
		}
		names[name] = true
		check(f.Type, where+"."+f.Name, depth+1)
	}
}

func unsupported(where, reason string) {
	panic("respond.DecodeJSON cannot read " + where + ": " + reason)
}

// expected returns the kinds of JSON values that a type is read from, as in
// jsontext.Kind, and the message for other values. The kinds are empty for a type
// that DecodeJSON does not support.
func expected(t reflect.Type) (kinds, wrongType string) {
	switch t.Kind() {
	case reflect.String:
		return `"`, "This field must be a text."
	case reflect.Bool:
		return "tf", "This field must be true or false."
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "0", "This field must be a whole number."
	case reflect.Float64:
		return "0", "This field must be a number."
	case reflect.Slice:
		return "[", "This field must be a list."
	case reflect.Struct:
		if t == timeType {
			return `"`, "This field must be a time like 2026-03-01T09:30:00Z."
		}
		return "{", "This field must be an object."
	}
	return "", ""
}
