package views

import (
	"cmp"
	"fmt"
	"html/template"
	"strings"
	"time"
)

// FieldError is one refused input and a sentence that says what to do. An empty
// Field means the form as a whole.
type FieldError struct{ Field, Message string }

// Errors are the refused inputs of a form, in the order of its fields. They are nil for
// a form that is not refused.
type Errors struct {
	List  []FieldError
	Typed func(name string) string // returns what was typed into an input; nil keeps the values of the form
}

// For returns the message of the field or of one of its list items, such as
// tags[2], or "".
func (e *Errors) For(field string) string {
	if e == nil {
		return ""
	}
	for _, err := range e.List {
		if err.Input() == field {
			return err.Message
		}
	}
	return ""
}

// Input returns the name of the input: tags for the field tags[2].
func (e FieldError) Input() string {
	name, _, _ := strings.Cut(e.Field, "[")
	return name
}

// Field is one labelled line of input. The error summary links to its ID, which is
// its Name unless the page has two fields of that name.
type Field struct {
	Name, Label, Hint, Error string
	ID                       string
	Value                    string // never of a password
	Type                     string // text when empty
	Autocomplete             string
	Optional                 bool
	Forgot                   bool // of a password: a link to its reset beside the label
	Min                      int  // of a new password: a script counts the characters up to it
}

// Number is an input for a number. It is a text input with a keyboard of digits: a
// browser discards what it cannot read in an input of type number, and a refused
// form must show it again.
type Number struct {
	Name, Label, Hint, Error, Value string
	Decimal                         bool // the keyboard has a point
	Optional                        bool
}

// DescribedBy returns the ids of hint and error, for aria-describedby.
func (n Number) DescribedBy() string { return describedBy(n.Name, n.Hint, n.Error) }

// Moment is an input for a date and a time in UTC, which its label says. Its Value
// is that of FormatMoment, or what was typed.
type Moment struct {
	Name, Label, Hint, Error, Value string
	Optional                        bool
}

// DescribedBy returns the ids of hint and error, for aria-describedby.
func (m Moment) DescribedBy() string { return describedBy(m.Name, m.Hint, m.Error) }

// FormatMoment returns the value of a Moment, "" for the zero time.
func FormatMoment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04")
}

// Select is a choice of one option from a list.
type Select struct {
	Name, Label, Hint, Error string
	Options                  []Option
	Optional                 bool
}

// DescribedBy returns the ids of hint and error, for aria-describedby.
func (s Select) DescribedBy() string { return describedBy(s.Name, s.Hint, s.Error) }

// Search is the search field of a list. It is a form that sends its text, the
// parameter q, to Path with GET.
type Search struct{ Path, Label, Value string }

// Pager has the links to other pages of a list, "" for a page that does not exist.
type Pager struct {
	First, Next string
	Query       string // of this page, for the actions of its forms: "?q=ada&cursor=x", or ""
}

// Ref returns the id.
func (f Field) Ref() string { return cmp.Or(f.ID, f.Name) }

// DescribedBy returns the ids of hint and error, for aria-describedby.
func (f Field) DescribedBy() string { return describedBy(f.Ref(), f.Hint, f.Error) }

// TextArea is a field of several lines that shows how many characters are left.
type TextArea struct {
	Name, Label, Hint, Error, Value string
	Rows, Max                       int
	Optional                        bool
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

// File is a field for a file. It is empty after a refusal, because a page cannot
// preset the file of an input.
type File struct {
	Name, Label, Hint, Error string
	Accept                   string // media types, separated by commas
	MaxBytes                 int    // a script refuses larger files before they are sent
	TooLarge                 string // the message of that script
}

// DescribedBy returns the ids of hint and error, for aria-describedby.
func (f File) DescribedBy() string { return describedBy(f.Name, f.Hint, f.Error) }

// Checkbox is a checkbox.
type Checkbox struct {
	Name, Label, Hint string
	Checked           bool
}

// Choice is a choice of one option, shown as radio buttons. A Select needs less room
// for more than about five options.
type Choice struct {
	Name, Label, Hint, Error string
	Options                  []Option
}

// Option is one option of a Choice or a Select.
type Option struct {
	Value, Label string
	Hint         string // of a Choice
	Checked      bool   // or selected
}

// Link is a link with its label.
type Link struct{ Label, Href string }

// Button is a submit button, or a link when it has an Href.
type Button struct {
	Label, Href, ID string
	Kind            string // primary, danger or quiet; plain when empty
}

// Pill is a status, shown as a dot and a word.
type Pill struct {
	Tone Tone
	Text string
}

// Notice is a message inside the page.
type Notice struct {
	Tone  Tone
	Title string
	Text  string
}

// Empty is shown in place of an empty list, with a link to the next step.
type Empty struct {
	Text   string
	Action Link
}

// Code is a code or command with a button that copies it.
type Code struct {
	Label string // what the text is, for the label of the button
	Text  string
}

// Enumeration is a list of things in a sentence.
type Enumeration []string

// String returns the things with commas between them and "and" before the last one.
func (e Enumeration) String() string {
	if len(e) < 2 {
		return strings.Join(e, "")
	}
	return strings.Join(e[:len(e)-1], ", ") + " and " + e[len(e)-1]
}

// Stat is one figure with its label.
type Stat struct{ Label, Value string }

// Crumbs are the links to the parent pages; the last entry is the page itself.
type Crumbs []Link

// when shows a time in UTC. app.js rewrites it in the time zone of the browser.
func when(t time.Time) template.HTML { return moment(t, "") }

// ago shows a time in UTC. app.js rewrites it as a distance from now.
func ago(t time.Time) template.HTML { return moment(t, "ago") }

// day shows only the date.
func day(t time.Time) template.HTML { return timeElement(t, "day", "2 Jan 2006") }

// recent shows only the date, where there is little room. app.js rewrites it as a distance
// from now.
func recent(t time.Time) template.HTML { return timeElement(t, "ago", "2 Jan 2006") }

func moment(t time.Time, style string) template.HTML {
	return timeElement(t, style, "2 Jan 2006, 15:04 UTC")
}

// timeElement returns template.HTML, which is safe because the result has only digits,
// ASCII letters and constant markup.
func timeElement(t time.Time, style, layout string) template.HTML {
	if t.IsZero() {
		return "—"
	}
	t = t.UTC()
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `" data-time="` + style + `">` + t.Format(layout) + `</time>`)
}

// DescribedBy returns the ids of hint and error, for aria-describedby.
func (c Choice) DescribedBy() string { return describedBy(c.Name, c.Hint, c.Error) }

func emailField(value string) Field {
	return Field{Name: "email", Label: "Email address", Type: "email", Autocomplete: "username", Value: value}
}

// currentPassword is the field for the password before a sensitive change.
func currentPassword() Field {
	return Field{Name: "current_password", Label: "Your password", Hint: "Confirm it’s you.", Type: "password", Autocomplete: "current-password"}
}

func newPassword(label string, min int) Field {
	hint := fmt.Sprintf("Use at least %d characters. Four unrelated words are easy to remember.", min)
	return Field{Name: "password", Label: label, Hint: hint, Type: "password", Autocomplete: "new-password", Min: min}
}
