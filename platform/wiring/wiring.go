// Package wiring finds forgotten parts when the program starts. Without the check,
// the first request that needs the part would fail.
package wiring

import (
	"fmt"
	"reflect"
)

// Check panics when a pointer, an interface or a function is nil in the struct, in
// a struct that it embeds, or in a struct that one of its fields points to. The tag
// `wiring:"optional"` exempts a field. part is a struct or a pointer to one.
func Check(part any) {
	v := reflect.Indirect(reflect.ValueOf(part))
	if v.Kind() != reflect.Struct {
		return
	}
	check(v)
	for i := range v.NumField() {
		if to := v.Field(i); to.Kind() == reflect.Pointer && to.Elem().Kind() == reflect.Struct {
			checkEmbedded(to.Elem())
		}
	}
}

// Checked returns the configuration of a part after Check. The constructor of the part
// then does not fail with a nil pointer that has no name.
func Checked[T any](config T) T {
	Check(config)
	return config
}

func check(v reflect.Value) {
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		if kind := value.Kind(); kind != reflect.Pointer && kind != reflect.Interface && kind != reflect.Func {
			continue
		}
		if value.IsNil() && field.Tag.Get("wiring") != "optional" {
			panic(fmt.Sprintf("wiring: %s.%s is nil", v.Type(), field.Name))
		}
	}
	checkEmbedded(v)
}

func checkEmbedded(v reflect.Value) {
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous && v.Field(i).Kind() == reflect.Struct {
			check(v.Field(i))
		}
	}
}
