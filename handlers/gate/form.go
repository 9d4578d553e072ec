package gate

import (
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/fault"
)

// File returns a file of a posted form, or nil.
func File(c *fiber.Ctx, name string) ([]byte, error) {
	form, err := c.MultipartForm()
	if err != nil || len(form.File[name]) == 0 {
		return nil, nil // not a multipart form, or no such file
	}
	file, err := form.File[name][0].Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// Field returns a field of a posted form as it was typed, never a query parameter:
// URLs are stored in logs and browser histories.
func Field(c *fiber.Ctx, name string) string {
	if value := c.Request().PostArgs().Peek(name); value != nil {
		return string(value)
	}
	form, err := c.MultipartForm()
	if err != nil || len(form.Value[name]) == 0 {
		return ""
	}
	return form.Value[name][0]
}

// Fields returns the values of a field that a posted form has several times,
// without blank ones.
func Fields(c *fiber.Ctx, name string) []string {
	var list []string
	add := func(value string) {
		if strings.TrimSpace(value) != "" {
			list = append(list, value)
		}
	}
	for _, value := range c.Request().PostArgs().PeekMulti(name) {
		add(string(value))
	}
	if form, err := c.MultipartForm(); err == nil {
		for _, value := range form.Value[name] {
			add(value)
		}
	}
	return list
}

// Checked reports whether the checkbox of a posted form is checked.
func Checked(c *fiber.Ctx, name string) bool { return Field(c, name) != "" }

// Form reads the numbers and times of a posted form, and collects the refused
// fields. The page shows a refused field again as Field returns it.
type Form struct {
	c       *fiber.Ctx
	refused []error
}

// ReadForm returns a Form for the request.
func ReadForm(c *fiber.Ctx) *Form { return &Form{c: c} }

// Join returns an Invalid fault with the fields that the form refused so far and
// those that err refuses, or nil. err is that of the domain for the same fields, so
// that a page shows all refusals together: form.Join(fields.Check()). A field that
// both refuse is in it once, as the form refuses it: the domain checked the zero value
// in its place.
func (f *Form) Join(err error) error { return fault.Join(append([]error{err}, f.refused...)...) }

// Int returns a whole number. It refuses a blank field (required), other text
// (wrong_type) and a number beyond 64 bits (out_of_range).
func (f *Form) Int(name string) int { return need(f, name, "Enter a number.", f.OptionalInt(name)) }

// OptionalInt is Int, and returns nil for a blank field.
func (f *Form) OptionalInt(name string) *int {
	return read(f, name, "Enter a whole number, like 12.", strconv.Atoi)
}

// Float returns a finite number. It refuses as Int does.
func (f *Form) Float(name string) float64 {
	return need(f, name, "Enter a number.", f.OptionalFloat(name))
}

// OptionalFloat is Float, and returns nil for a blank field.
func (f *Form) OptionalFloat(name string) *float64 {
	return read(f, name, "Enter a number, like 12 or 12.5.", func(text string) (float64, error) {
		n, err := strconv.ParseFloat(text, 64)
		if err == nil && (math.IsNaN(n) || math.IsInf(n, 0)) {
			err = strconv.ErrSyntax
		}
		return n, err
	})
}

// Time returns the time of an input of type datetime-local, which the page labels
// as UTC. It refuses a blank field (required) and other text (wrong_type).
func (f *Form) Time(name string) time.Time {
	return need(f, name, "Enter a date and a time.", f.OptionalTime(name))
}

// OptionalTime is Time, and returns nil for a blank field.
func (f *Form) OptionalTime(name string) *time.Time {
	return read(f, name, "Enter a date and a time in UTC, like 2026-03-01T09:30.", func(text string) (time.Time, error) {
		if at, err := time.Parse("2006-01-02T15:04", text); err == nil {
			return at, nil
		}
		return time.Parse("2006-01-02T15:04:05", text) // with seconds, which browsers omit when they are zero
	})
}

// read returns the parsed text of a field, or nil for a blank or refused one.
func read[T any](f *Form, name, wrongType string, parse func(string) (T, error)) *T {
	text := strings.TrimSpace(Field(f.c, name))
	if text == "" {
		return nil
	}
	value, err := parse(text)
	switch {
	case errors.Is(err, strconv.ErrRange):
		f.refuse(name, "out_of_range", "This number is too large.")
	case err != nil:
		f.refuse(name, "wrong_type", wrongType)
	default:
		return &value
	}
	return nil
}

// need returns the value of a field, and refuses a blank field.
func need[T any](f *Form, name, message string, value *T) T {
	if value != nil {
		return *value
	}
	if strings.TrimSpace(Field(f.c, name)) == "" {
		f.refuse(name, "required", message)
	}
	var zero T
	return zero
}

func (f *Form) refuse(name, code, message string) {
	f.refused = append(f.refused, fault.InvalidField(name, code, message))
}
