package config

import (
	"fmt"
	"iter"
	"reflect"
	"strings"
	"text/tabwriter"
)

// Help returns one line for each setting: name, default and description.
func Help() string {
	var b strings.Builder
	columns := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for field := range settings() {
		fmt.Fprintf(columns, "  %s\t[%s]\t%s\n", field.Tag.Get("env"), defaultOf(field), field.Tag.Get("help"))
	}
	columns.Flush()
	return b.String()
}

// defaultOf returns the default of a setting, as help shows it.
func defaultOf(field reflect.StructField) string {
	if value, ok := field.Tag.Lookup("envDefault"); ok {
		return value
	}
	return field.Tag.Get("default")
}

// settings yields the fields of Config in order of declaration.
func settings() iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) {
		for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
			if !yield(field) {
				return
			}
		}
	}
}

// setting returns the field of the named setting, which must exist.
func setting(name string) reflect.StructField {
	for field := range settings() {
		if field.Tag.Get("env") == name {
			return field
		}
	}
	panic("no setting " + name)
}

func settingNames() []string {
	var names []string
	for field := range settings() {
		names = append(names, field.Tag.Get("env"))
	}
	return names
}
