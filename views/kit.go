package views

import (
	"html/template"
	"strings"
	"time"

	"stoa/static"
)

func init() { developmentMenu.add(Entry{Label: "Kit", Path: "/dev/kit", Icon: "shapes", Order: 10}) }

// Kit is dev/kit: every shared part in every state, with sample data.
type Kit struct{ Chrome }

// Title returns the title of the page.
func (Kit) Title() string { return "Kit" }

var tones = []Tone{Neutral, OK, Info, Warn, Bad}

// Pills returns one of each tone.
func (Kit) Pills() []Pill {
	return []Pill{{Neutral, "Draft"}, {OK, "Active"}, {Info, "Queued"}, {Warn, "Retrying"}, {Bad, "Failed"}}
}

// Notices returns one of each tone, with and without a title.
func (Kit) Notices() []Notice {
	list := []Notice{{Tone: OK, Text: "Without a title, one sentence."}}
	for _, tone := range tones {
		list = append(list, Notice{Tone: tone, Title: "A title", Text: "What happened, and what to do about it."})
	}
	return list
}

// Buttons returns one of each kind.
func (Kit) Buttons() []Button {
	return []Button{{Label: "Primary", Kind: "primary"}, {Label: "Plain"}, {Label: "Quiet", Kind: "quiet"}, {Label: "Danger", Kind: "danger"}, {Label: "A link", Href: "/dev/kit"}}
}

// Fields returns a field in its states.
func (Kit) Fields() []Field {
	return []Field{
		{Name: "kit-plain", Label: "Plain"},
		{Name: "kit-hint", Label: "With a hint", Hint: "The hint stands above the input.", Value: "A value"},
		{Name: "kit-optional", Label: "Not needed", Optional: true},
		{Name: "kit-refused", Label: "Refused", Hint: "The error comes after the hint.", Error: "Enter an email address, like name@example.com", Type: "email", Value: "ada@"},
		{Name: "kit-refused-url", Label: "Refused, with a long word", Error: "Enter the URL of a web page, like https://www.example.com/a/path/without/a/space/that/is/wider/than/a/phone", Type: "url", Value: "example"},
		{Name: "kit-rtl", Label: "Right to left", Value: "مرحبا بالعالم 🌿"},
	}
}

// Passwords returns a password field in its states.
func (Kit) Passwords() []Field {
	return []Field{
		{Name: "kit-password", Label: "Password", Autocomplete: "current-password", Forgot: true},
		{Name: "kit-password-refused", Label: "New password", Hint: "Use at least 12 characters.", Error: "Choose a password of at least 12 characters", Autocomplete: "new-password", Min: 12},
	}
}

// Areas returns a field of several lines, below and above its limit.
func (Kit) Areas() []TextArea {
	return []TextArea{
		{Name: "kit-area", Label: "Several lines", Hint: "It grows with its text.", Value: "One\nTwo", Rows: 4, Max: 200, Optional: true},
		{Name: "kit-area-refused", Label: "Too long", Error: "Shorten this to 20 characters", Value: "This is more than twenty characters", Rows: 3, Max: 20},
	}
}

// Files returns a field for a file, empty and refused.
func (Kit) Files() []File {
	return []File{
		{Name: "kit-file", Label: "A file", Hint: "PNG or JPEG, up to 5 MiB.", Accept: "image/png,image/jpeg", MaxBytes: 5 << 20, TooLarge: "Choose a file of at most 5 MiB."},
		{Name: "kit-file-refused", Label: "A file, refused", Error: "Choose a PNG or JPEG picture"},
	}
}

// Checks returns a checkbox on and off.
func (Kit) Checks() []Checkbox {
	return []Checkbox{{Name: "kit-off", Label: "Off"}, {Name: "kit-on", Label: "On, with a hint", Hint: "What it means to tick this.", Checked: true}}
}

// Choices returns radio buttons, plain and refused.
func (Kit) Choices() []Choice {
	options := []Option{{Value: "week", Label: "Every week", Checked: true}, {Value: "month", Label: "Every month", Hint: "On the first day of it."}}
	return []Choice{
		{Name: "kit-choice", Label: "How often", Hint: "One of them.", Options: options},
		{Name: "kit-choice-refused", Label: "How often, refused", Error: "Choose how often", Options: []Option{{Value: "week", Label: "Every week"}, {Value: "month", Label: "Every month"}}},
	}
}

// Numbers returns an input for a number in its states.
func (Kit) Numbers() []Number {
	return []Number{
		{Name: "kit-number", Label: "A number", Hint: "From 1 to 500.", Value: "12"},
		{Name: "kit-decimal", Label: "With a point", Decimal: true, Optional: true, Value: "12.5"},
		{Name: "kit-number-refused", Label: "A number, refused", Error: "Enter a whole number, like 12", Value: "12a"},
	}
}

// Moments returns an input for a date and a time in its states.
func (k Kit) Moments() []Moment {
	return []Moment{
		{Name: "kit-moment", Label: "Begins", Hint: "Times elsewhere are in your own time zone.", Value: FormatMoment(k.Moment())},
		{Name: "kit-moment-refused", Label: "Ends", Error: "Enter a date and a time", Optional: true},
	}
}

// Selects returns a choice from a list in its states.
func (Kit) Selects() []Select {
	kinds := Labels{{"article", "Article"}, {"book", "Book"}, {"long", strings.Repeat("A long name ", 8)}}
	return []Select{
		{Name: "kit-select", Label: "Kind", Hint: "For more than about five options.", Options: kinds.Options("", "book")},
		{Name: "kit-select-refused", Label: "Kind, refused", Error: "Choose a kind", Optional: true, Options: kinds.Options("Choose a kind", "")},
	}
}

// Searching returns the search field of a list.
func (Kit) Searching() Search { return Search{Path: "/dev/kit", Label: "Name or email", Value: "ada"} }

// Pages returns the links of a page in the middle of a list.
func (Kit) Pages() Pager { return Pager{First: "/dev/kit?q=ada", Next: "/dev/kit?q=ada&cursor=x"} }

// Refused returns the summary of a refused form.
func (Kit) Refused() *Errors {
	return &Errors{List: []FieldError{{"kit-refused", "Enter an email address, like name@example.com"}, {"kit-password-refused", "Choose a password of at least 12 characters"}, {"kit-number-refused[2]", "Enter a whole number, like 12"}, {"", "An error that belongs to no field"}}}
}

// Trail returns breadcrumbs.
func (Kit) Trail() Crumbs { return Crumbs{{"Settings", "/settings/profile"}, {"Kit", ""}} }

// Figures returns stats.
func (Kit) Figures() []Stat {
	return []Stat{{"Requests, 7 days", "12,480"}, {"Refused", "31"}, {"Median time", "0.4 ms"}}
}

// SignIns returns a chart in which a bar is red in part.
func (k Kit) SignIns() Chart {
	chart := Chart{Label: "Sign-ins a day", Value: "Signed in", Wrong: "Wrong password"}
	for i := range 30 {
		chart.Days = append(chart.Days, ChartDay{Day: k.Moment().AddDate(0, 0, i), Value: i * 7 % 12, Wrong: i / 25 * (30 - i)})
	}
	return chart
}

// Happened returns a timeline.
func (k Kit) Happened() []Event {
	return []Event{
		{Name: "session.opened", Text: "Signed in", Device: "Safari on iOS", IP: "2001:db8::7", At: k.Moment()},
		{Name: "signin.failed", Text: "12 wrong passwords", Refused: true, Warns: true, IP: "203.0.113.77", Addresses: 3, At: k.Moment()},
		{Name: "user.updated", Text: strings.Repeat("Long", 25), At: k.Moment()},
	}
}

// Setup returns the list of a new user.
func (Kit) Setup() Setup {
	return Setup{Steps: []Step{
		{Label: "Verify your email address", Done: true},
		{Icon: Icons.Picture, Label: "Add a picture", Help: "It is shown beside your name.", Action: Link{"Choose a picture", "/settings/profile"}},
		{Icon: Icons.User, Label: strings.Repeat("Long", 25), Help: "A step without an action."},
	}}
}

// Nothing returns the empty state.
func (Kit) Nothing() Empty {
	return Empty{Text: "No keys yet.", Action: Link{"Create a key", "/dev/kit"}}
}

// Snippet returns text to copy.
func (Kit) Snippet() Code {
	return Code{Label: "snippet", Text: "curl -H \"Authorization: Bearer $TOKEN\" \\\n  https://stoa.example/api/users/me?a-long-line-that-scrolls-sideways-inside-its-own-box=yes"}
}

// People returns users with names that test the layout.
func (Kit) People() []Viewer {
	return []Viewer{
		{Name: "Z", Email: "z@example.com"},
		{Name: "Ada Lovelace", Email: "ada@example.com", Avatar: static.URL("touch-icon.png")},
		{Name: strings.Repeat("Long", 25), Email: strings.Repeat("long", 15) + "@example.com"},
		{Name: "محمد بن عبد الله", Email: "m@example.com"},
		{Name: "🌿🌿", Email: "leaf@example.com"},
	}
}

// Moment returns a fixed time in the past.
func (Kit) Moment() time.Time { return time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC) }

// Text returns a sanitized bio with all allowed elements.
func (Kit) Text() template.HTML {
	return `<h3>A heading</h3><p>A paragraph with <strong>weight</strong>, <em>stress</em>, <code>code</code> and <a href="https://example.com/" rel="nofollow noopener">a link</a>.</p><ul><li>One</li><li>Two</li></ul><blockquote><p>Said by somebody.</p></blockquote><pre><code>as typed</code></pre>`
}
