package respond

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofiber/fiber/v2"

	"stoa/platform/fault"
)

// DecodeJSON decodes the JSON object of the request into in, a pointer to a
// struct of string and *string fields with json tags. A string is required, a
// *string is optional. It returns Unsupported for another media type, Malformed
// for anything but one object, and Invalid for each field that is unknown,
// missing, null or not a string: no field is assigned by accident (ASVS
// 15.3.3).
func DecodeJSON(c *fiber.Ctx, in any) error {
	kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), fiber.MIMEApplicationJSON) {
		return &fault.Error{Kind: fault.Unsupported, Code: "unsupported_media_type", Message: "Send the body as application/json."}
	}
	members, err := object(c.Request().Body())
	if err != nil {
		return &fault.Error{Kind: fault.Malformed, Code: "malformed_body", Message: "The body must be one JSON object.", Err: err}
	}
	return assign(members, reflect.ValueOf(in).Elem())
}

// The response contains the names of refused fields. Without these limits it
// could be several times as large as a hostile body. No request has as many
// fields or as long names, so that an object beyond the limits is refused in
// any case.
const (
	maxMembers = 32
	maxName    = 64 // bytes
)

// member is a name of a JSON object with its value, if that is a string.
type member struct {
	name string
	text string
	err  error // nil for a string
}

var (
	errNoText  = errors.New("not a text")
	errUnicode = errors.New("not Unicode")
)

// object returns the first maxMembers members of a JSON object, with their
// names cut to maxName bytes. Names must be unique; names within a value may
// repeat, because no field has an object as its value. Invalid Unicode in a
// string is an error of its field, not of the body.
//
// The decoder itself does not check for duplicate names: it would store all
// names of a large body, also those within values. It reads the Buffer without
// a copy.
func object(body []byte) ([]member, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if token, err := dec.ReadToken(); err != nil || token.Kind() != '{' {
		return nil, errors.Join(errors.New("not an object"), err)
	}
	var members []member
	names := map[string]bool{}
	for dec.PeekKind() != '}' {
		if len(members) == maxMembers {
			return members, nil
		}
		name, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		m := member{name: strings.ToValidUTF8(key[:min(len(key), maxName)], "")}
		if err := m.read(dec); err != nil {
			return nil, err
		}
		if names[key] {
			return nil, fmt.Errorf("the name %.64q twice", key)
		}
		names[key] = true
		members = append(members, m)
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return members, nil
}

// read reads the value of the member. It skips a value of another type token by
// token: to read a value nested a thousand times as a whole, the decoder needs
// megabytes of stack.
func (m *member) read(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '"' {
		m.err = errNoText
		return dec.SkipValue()
	}
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		m.err = errUnicode
	}
	m.text = string(text)
	return nil
}

func assign(members []member, in reflect.Value) error {
	var errs []error
	fields := map[string]reflect.Value{}
	for i := range in.NumField() {
		fields[in.Type().Field(i).Tag.Get("json")] = in.Field(i)
	}
	given := map[string]bool{}
	for _, m := range members {
		field, known := fields[m.name]
		if !known {
			errs = append(errs, fault.InvalidField(m.name, "unknown", "There is no such field."))
			continue
		}
		given[m.name] = true
		errs = append(errs, set(field, m))
	}
	for i := range in.NumField() {
		name := in.Type().Field(i).Tag.Get("json")
		if in.Field(i).Kind() == reflect.String && !given[name] {
			errs = append(errs, fault.InvalidField(name, "required", "This field is missing."))
		}
	}
	return fault.Join(errs...)
}

func set(field reflect.Value, m member) error {
	switch {
	case errors.Is(m.err, errNoText):
		return fault.InvalidField(m.name, "wrong_type", "This field must be a text.")
	case m.err != nil:
		return fault.InvalidField(m.name, "invalid_text", "This field is not proper Unicode text.")
	case field.Kind() == reflect.Pointer:
		field.Set(reflect.ValueOf(&m.text))
	default:
		field.SetString(m.text)
	}
	return nil
}
