package views

import (
	"cmp"
	"fmt"
	"html/template"
	"time"
)

// FieldError is one refused input and the sentence that says what to do. An
// empty Field belongs to the form as a whole.
type FieldError struct{ Field, Message string }

// Errors are the refused inputs of a form, in the order of its fields.
type Errors []FieldError

// For returns the message of the field, or "".
func (e Errors) For(field string) string {
	for _, err := range e {
		if err.Field == field {
			return err.Message
		}
	}
	return ""
}

// Field is one labelled line of input. Its ID is its Name unless the page has
// two of that name, so that the error summary can link to it.
type Field struct {
	Name, Label, Hint, Error string
	ID                       string
	Value                    string // never of a password
	Type                     string // text when empty
	Autocomplete             string
	Optional                 bool
}

// Ref returns the id.
func (f Field) Ref() string { return cmp.Or(f.ID, f.Name) }

// DescribedBy returns the ids of hint and error, for aria-describedby.
func (f Field) DescribedBy() string { return describedBy(f.Ref(), f.Hint, f.Error) }

// TextArea is a field of several lines that counts what is left.
type TextArea struct {
	Name, Label, Hint, Error, Value string
	Rows, Max                       int
}

// DescribedBy returns the ids of hint, error and count, for aria-describedby.
func (a TextArea) DescribedBy() string {
	ids := describedBy(a.Name, a.Hint, a.Error)
	if ids != "" {
		ids += " "
	}
	return ids + a.Name + "-count"
}

func describedBy(name, hint, err string) string {
	switch {
	case hint != "" && err != "":
		return name + "-hint " + name + "-error"
	case hint != "":
		return name + "-hint"
	case err != "":
		return name + "-error"
	}
	return ""
}

// File is a field that takes a file. It comes back empty: browsers keep the
// choice of a file to themselves.
type File struct {
	Name, Label, Hint, Error string
	Accept                   string // media types, separated by commas
	MaxBytes                 int    // a script refuses larger ones before they are sent
	TooLarge                 string // with these words
}

// DescribedBy returns the ids of hint and error, for aria-describedby.
func (f File) DescribedBy() string { return describedBy(f.Name, f.Hint, f.Error) }

// Checkbox is one yes or no.
type Checkbox struct {
	Name, Label, Hint string
	Checked           bool
}

// Choice is one of several, shown as radios.
type Choice struct {
	Name, Label, Hint, Error string
	Options                  []Option
}

// Option is one answer of a Choice.
type Option struct {
	Value, Label, Hint string
	Checked            bool
}

// Link is a place to go.
type Link struct{ Label, Href string }

// Button submits, or goes somewhere when it has an Href.
type Button struct {
	Label, Href, ID string
	Kind            string // primary, danger or quiet; plain when empty
}

// Pill is a status: a dot and a word.
type Pill struct {
	Tone Tone
	Text string
}

// Notice is a message that belongs to a place on the page.
type Notice struct {
	Tone  Tone
	Title string
	Text  string
}

// Empty says that there is nothing, and what to do about it.
type Empty struct {
	Text   string
	Action Link
}

// Code is text for a machine, with a button that copies it.
type Code struct {
	Label string // what is copied, for the button's name
	Text  string
}

// Stat is one figure with its name.
type Stat struct{ Label, Value string }

// Crumbs lead back to the pages above; the last is the page itself.
type Crumbs []Link

// when shows a moment as the server knows it, in UTC; app.js rewrites it in
// the reader's zone.
func when(t time.Time) template.HTML { return moment(t, "") }

// ago is when, and app.js rewrites it as a distance from now.
func ago(t time.Time) template.HTML { return moment(t, "ago") }

// day shows the date alone.
func day(t time.Time) template.HTML {
	if t.IsZero() {
		return "—"
	}
	t = t.UTC()
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `" data-time="day">` + t.Format("2 Jan 2006") + `</time>`)
}

// moment writes only digits, ASCII letters and markup of its own, which is why
// it may call itself HTML.
func moment(t time.Time, style string) template.HTML {
	if t.IsZero() {
		return "—"
	}
	t = t.UTC()
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `" data-time="` + style + `">` + t.Format("2 Jan 2006, 15:04 UTC") + `</time>`)
}

// DescribedBy returns the ids of hint and error, for aria-describedby.
func (c Choice) DescribedBy() string { return describedBy(c.Name, c.Hint, c.Error) }

func emailField(value string, errs Errors) Field {
	return Field{Name: "email", Label: "Email address", Type: "email", Autocomplete: "username", Value: value, Error: errs.For("email")}
}

func newPassword(label string, min int, errs Errors) Field {
	hint := fmt.Sprintf("At least %d characters, of any kind; common passwords are refused. A few words that do not belong together are easy to keep.", min)
	return Field{Name: "password", Label: label, Hint: hint, Autocomplete: "new-password", Error: errs.For("password")}
}
