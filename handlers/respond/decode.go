package respond

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

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
// json.Valid checks the whole body without a copy. The split relies on this
// check and copies only strings: json.Decoder would buffer the body once more,
// and a map would hold every member.
func object(body []byte) ([]member, error) {
	if !json.Valid(body) {
		return nil, errors.New("not JSON")
	}
	body = bytes.TrimSpace(body)
	if body[0] != '{' {
		return nil, errors.New("not an object")
	}
	var members []member
	names := map[string]bool{}
	rest := bytes.TrimSpace(body[1 : len(body)-1])
	for len(rest) > 0 && len(members) < maxMembers {
		var name, value []byte
		name, rest = cut(rest)
		value, rest = cut(rest)
		m, err := newMember(name, value)
		if err != nil {
			return nil, err
		}
		if names[m.name] {
			return nil, fmt.Errorf("the name %.64q twice", m.name)
		}
		names[m.name] = true
		m.name = strings.ToValidUTF8(m.name[:min(len(m.name), maxName)], "")
		members = append(members, m)
	}
	return members, nil
}

// cut returns the first value of a valid object's content, without the space
// around it, and the content after its separator.
func cut(content []byte) (value, rest []byte) {
	depth, quoted := 0, false
	for i := 0; i < len(content); i++ {
		if content[i] == '"' {
			quoted = !quoted
		}
		if quoted {
			if content[i] == '\\' {
				i++ // the escaped character may be a quote
			}
			continue
		}
		switch content[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ':', ',':
			if depth == 0 {
				return bytes.TrimSpace(content[:i]), content[i+1:]
			}
		}
	}
	return bytes.TrimSpace(content), nil
}

func newMember(name, value []byte) (member, error) {
	var m member
	if err := json.Unmarshal(name, &m.name); err != nil {
		return m, err
	}
	switch {
	case value[0] != '"':
		m.err = errNoText
	case !properUnicode(value):
		m.err = errUnicode
	default:
		return m, json.Unmarshal(value, &m.text)
	}
	return m, nil
}

// properUnicode reports whether a JSON string is valid UTF-8 and its escapes
// have both halves of each surrogate pair. encoding/json accepts other strings
// and replaces the invalid parts.
func properUnicode(value []byte) bool {
	high := false // the character before is the first half of a pair
	for i := 0; i < len(value); i++ {
		var unit uint64
		if value[i] == '\\' {
			if i++; value[i] == 'u' {
				unit, _ = strconv.ParseUint(string(value[i+1:i+5]), 16, 16) // json.Valid has checked the digits
				i += 4
			}
		}
		if low := unit>>10 == 0xDC00>>10; low != high {
			return false
		}
		high = unit>>10 == 0xD800>>10
	}
	return utf8.Valid(value)
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
