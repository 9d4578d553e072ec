package respond

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofiber/fiber/v2"

	"stoa/platform/fault"
)

// DecodeJSON decodes the JSON object of the request into in, a pointer to a
// struct with json tags on its fields. A field is a string, a bool, an int, a
// float64, a time.Time (RFC 3339), a struct, or a list of these, and required. A
// field with the option omitzero is optional: it keeps its value when the body lacks
// it.
//
// It returns Unsupported for another media type, Malformed for anything but one
// object and for a name given twice, and Invalid for each field that is unknown,
// missing, null or of another type: no field is assigned by accident (ASVS
// 15.3.3). Inner fields are named address.city and tags[2]. It panics for a struct
// with other fields, whatever the body is.
func DecodeJSON(c *fiber.Ctx, in any) error { return decodeRequest(c, in, false) }

// DecodePatch is DecodeJSON for a change, in which every field is optional. Fields
// of an inner object are required as in DecodeJSON, because it replaces the old one.
func DecodePatch(c *fiber.Ctx, in any) error { return decodeRequest(c, in, true) }

func decodeRequest(c *fiber.Ctx, in any, patch bool) error {
	kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), fiber.MIMEApplicationJSON) {
		return &fault.Error{Kind: fault.Unsupported, Code: "unsupported_media_type", Message: "Send the body as application/json."}
	}
	return decode(c.Request().Body(), reflect.ValueOf(in).Elem(), patch)
}

// Without these limits a hostile body would cost many times its size in memory,
// and so would the response, which contains the names of refused fields. No
// request struct has as many fields or as long names, so that an object beyond
// the limits is refused in any case.
const (
	maxMembers = 32   // of one object
	maxName    = 64   // bytes
	maxItems   = 1000 // of all lists together
	maxRefused = 64   // fields named in one response
)

// decode reads the body and then reports the refused fields. The JSON decoder does
// not check for duplicate names: it would store all names of a large body, also
// those within values that are skipped. It reads the Buffer without a copy.
func decode(body []byte, in reflect.Value, patch bool) error {
	fields := fieldsOf(in.Type())
	if patch {
		fields = optional(fields)
	}
	d := decoder{Decoder: jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))}
	err := d.body(fields, in)
	switch {
	case fault.As(err) != nil:
		return err
	case err != nil:
		return malformed("The body must be one JSON object.", err)
	}
	return fault.Join(d.refused...)
}

func malformed(message string, err error) *fault.Error {
	return &fault.Error{Kind: fault.Malformed, Code: "malformed_body", Message: message, Err: err}
}

// decoder reads JSON into Go values. Its methods return an error for a body that is
// malformed, and collect the refused fields of one that is not.
type decoder struct {
	*jsontext.Decoder
	items   int // read of all lists
	refused []error
}

func (d *decoder) body(fields []field, out reflect.Value) error {
	if d.PeekKind() != '{' {
		return errors.New("not an object")
	}
	if err := d.object("", fields, out); err != nil {
		return err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}

func (d *decoder) refuse(path, code, message string) {
	if len(d.refused) < maxRefused {
		d.refused = append(d.refused, fault.InvalidField(path, code, message))
	}
}

// object reads the first maxMembers members of an object, and refuses those
// without a field.
func (d *decoder) object(path string, fields []field, out reflect.Value) error {
	if path != "" {
		path += "."
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	var given []string
	for d.PeekKind() != '}' {
		if len(given) == maxMembers {
			return d.skipTo('}')
		}
		token, err := d.ReadToken()
		if err != nil {
			return err
		}
		name := token.String()
		if slices.Contains(given, name) {
			return malformed("Send the field "+path+shown(name)+" once: it is in the body twice.", nil)
		}
		given = append(given, name)
		if err := d.member(path, name, fields, out); err != nil {
			return err
		}
	}
	for _, f := range fields {
		if !f.optional && !slices.Contains(given, f.name) {
			d.refuse(path+f.name, "required", "This field is missing.")
		}
	}
	_, err := d.ReadToken()
	return err
}

// shown returns the name of a member for a response.
func shown(name string) string {
	return strings.ToValidUTF8(name[:min(len(name), maxName)], "")
}

func (d *decoder) member(path, name string, fields []field, out reflect.Value) error {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		d.refuse(path+shown(name), "unknown", "There is no such field.")
		return d.SkipValue()
	}
	return d.value(path+name, out.Field(i))
}

// skipTo skips the rest of an object or a list. Like SkipValue it reads token by
// token: to read a value nested a thousand times as a whole, the decoder needs
// megabytes of stack.
func (d *decoder) skipTo(end jsontext.Kind) error {
	for d.PeekKind() != end {
		if err := d.SkipValue(); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// value reads the next value into out.
func (d *decoder) value(path string, out reflect.Value) error {
	kinds, wrongType := expected(out.Type())
	if !strings.ContainsRune(kinds, rune(d.PeekKind())) {
		d.refuse(path, "wrong_type", wrongType)
		return d.SkipValue()
	}
	switch out.Kind() {
	case reflect.String:
		return d.text(path, out.SetString)
	case reflect.Slice:
		return d.list(path, out)
	case reflect.Struct:
		if out.Type() == timeType {
			return d.text(path, func(text string) { d.time(path, text, out) })
		}
		out.SetZero()
		return d.object(path, fieldsOf(out.Type()), out)
	}
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	if out.Kind() == reflect.Bool {
		out.SetBool(token.Bool())
		return nil
	}
	d.number(path, token.String(), out)
	return nil
}

// text reads a string. Invalid Unicode in it is an error of its field, not of the
// body.
func (d *decoder) text(path string, set func(string)) error {
	value, err := d.ReadValue()
	if err != nil {
		return err
	}
	if text, invalid := jsontext.AppendUnquote(nil, value); invalid == nil {
		set(string(text))
	} else {
		d.refuse(path, "invalid_text", "This field is not proper Unicode text.")
	}
	return nil
}

func (d *decoder) time(path, text string, out reflect.Value) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		d.refuse(path, "invalid_time", "This field must be a time like 2026-03-01T09:30:00Z.")
		return
	}
	out.Set(reflect.ValueOf(at))
}

// number sets an int or a float64. A whole number is written without point and
// exponent, as in Go: 1.0 and 1e3 are refused for an int.
func (d *decoder) number(path, text string, out reflect.Value) {
	if out.Kind() == reflect.Float64 {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			d.refuse(path, "out_of_range", "This number is too large.")
			return
		}
		out.SetFloat(n)
		return
	}
	n, err := strconv.ParseInt(text, 10, out.Type().Bits())
	switch {
	case errors.Is(err, strconv.ErrRange):
		limit := int64(1)<<(out.Type().Bits()-1) - 1
		d.refuse(path, "out_of_range", fmt.Sprintf("This number must be from %d to %d.", -limit-1, limit))
	case err != nil:
		d.refuse(path, "wrong_type", "This field must be a whole number, without a point or an exponent.")
	default:
		out.SetInt(n)
	}
}

func (d *decoder) list(path string, out reflect.Value) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	out.Set(reflect.MakeSlice(out.Type(), 0, 0))
	for i := 0; d.PeekKind() != ']'; i++ {
		if d.items++; d.items > maxItems {
			d.refuse(path, "too_many", fmt.Sprintf("The lists of a body may have %d items in all.", maxItems))
			return d.skipTo(']')
		}
		item := reflect.New(out.Type().Elem()).Elem()
		if err := d.value(path+"["+strconv.Itoa(i)+"]", item); err != nil {
			return err
		}
		out.Set(reflect.Append(out, item))
	}
	_, err := d.ReadToken()
	return err
}
