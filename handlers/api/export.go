package api

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofiber/fiber/v2"

	"stoa/domain/personaldata"
	"stoa/platform/convert"
)

// exportOrder has the parts of a user's data that come first in an export. Other
// parts follow by name.
var exportOrder = []string{"user", "sessions", "links", "emails", "events"}

// exportForms has the form of each part of a user's data, by the name of the part.
var exportForms = map[string]func(c *fiber.Ctx, data any) fields{}

// exportForm declares the JSON of a part of a user's data: its fields in the
// export, in the API and in the file that the pages offer. T is the type that the
// part exports.
func exportForm[T any](part string, form func(*fiber.Ctx, T) fields) struct{} {
	exportForms[part] = func(c *fiber.Ctx, data any) fields { return form(c, data.(T)) }
	return struct{}{}
}

// exportList is exportForm for a part that is a list, with one field of the name of the
// part. It shows each item by show.
func exportList[T, J any](part string, show func(T) J) struct{} {
	return exportForm(part, func(_ *fiber.Ctx, list []T) fields {
		return fields{{part, convert.All(list, show)}}
	})
}

// fields are the fields of a JSON object in their order.
type fields []field

type field struct {
	name  string
	value any
}

// MarshalJSONTo writes the object.
func (f fields) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, field := range f {
		if err := enc.WriteToken(jsontext.String(field.name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(enc, field.value); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// Exported returns a user's data in the form that JSON shows. It panics for a part
// without a form, so that the tests fail.
func Exported(c *fiber.Ctx, data personaldata.Data) any {
	var all fields
	for _, part := range slices.SortedFunc(maps.Keys(data), compareParts) {
		form, ok := exportForms[part]
		if !ok {
			panic(fmt.Sprintf("api: the part %q of a user's data has no form; declare it with exportForm", part))
		}
		all = append(all, form(c, data[part])...)
	}
	return all
}

func compareParts(a, b string) int {
	place := func(part string) int {
		if i := slices.Index(exportOrder, part); i >= 0 {
			return i
		}
		return len(exportOrder)
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
}
