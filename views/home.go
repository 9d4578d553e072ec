package views

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
)

func init() { mainMenu.add(Entry{Label: "Home", Path: "/dashboard", Icon: "house", Order: 10}) }

// Home is accounts/home.
type Home struct {
	Chrome
	Setup     Setup
	Figures   []Stat
	SignIns   Chart
	Sessions  []SessionRow // this device first
	More      int          // sessions that are not shown
	ExpiresAt time.Time    // of this session, when it is not used
	EndsAt    time.Time    // of this session, even when it is used
	Activity  []Event
	Bio       template.HTML // sanitized, "" for none
}

// Title returns the title of the page.
func (Home) Title() string { return "Home" }

// Setup is the list of what a new user sets up.
type Setup struct{ Steps []Step }

// Step is one entry of a Setup. A step without an Action waits for the user elsewhere.
type Step struct {
	Icon        template.HTML
	Label, Help string
	Action      Link
	Done        bool
	Primary     bool // its action is the primary one of the page
}

// Done returns how many steps are done.
func (s Setup) Done() int {
	done := 0
	for _, step := range s.Steps {
		if step.Done {
			done++
		}
	}
	return done
}

// Open reports whether a step is not done.
func (s Setup) Open() bool { return s.Done() < len(s.Steps) }

// doorWidth is the width of a door with one of its columns.
const doorWidth = 30

// Drawing returns a row of columns, with a door for each step that is lit when it is done.
// template.HTML is safe here: the drawing has only digits and constants.
func (s Setup) Drawing() template.HTML {
	width := strconv.Itoa(len(s.Steps)*doorWidth + 9)
	line := "h" + width
	var columns strings.Builder
	for i := range len(s.Steps) + 1 {
		fmt.Fprintf(&columns, "M%d.5 35.5v-22h4v22M%d.5 10v3.5h8V10", i*doorWidth+2, i*doorWidth)
	}
	return template.HTML(`<svg class="doors" viewBox="0 0 ` + width + ` 44" width="` + width + `" height="44" aria-hidden="true">` +
		`<path d="M0 4.5` + line + `M0 9.5` + line + `M0 35.5` + line + `M0 39.5` + line + `"/><path d="` + columns.String() +
		`"/><path class="lit" d="` + s.doors(true) + `"/><path d="` + s.doors(false) + `"/></svg>`)
}

func (s Setup) doors(done bool) string {
	var path strings.Builder
	for i, step := range s.Steps {
		if step.Done == done {
			fmt.Fprintf(&path, "M%d.5 35.5v-19h12v19z", i*doorWidth+12)
		}
	}
	return path.String()
}

// Event is an entry of a timeline: a security event, or refused attempts.
type Event struct {
	Name       string // of the event: session.opened
	Text       string
	Refused    bool
	Warns      bool // asks the user whether it was them
	Device, IP string
	Addresses  int // different IP addresses of refused attempts
	At         time.Time
}

// Origin returns from where it came, or "".
func (e Event) Origin() string {
	if e.Addresses > 1 {
		return fmt.Sprintf("From %d IP addresses, last %s", e.Addresses, e.IP)
	}
	return strings.Trim(e.Device+", "+e.IP, ", ")
}

// Icon returns the icon of the event's noun, or of the device.
func (e Event) Icon() template.HTML {
	noun, _, _ := strings.Cut(e.Name, ".")
	switch icon, known := eventIcons[noun]; {
	case e.Warns:
		return eventIcons["warning"]
	case noun == "session":
		return deviceIcon(e.Device)
	case known:
		return icon
	}
	return eventIcons["other"]
}

var eventIcons = map[string]template.HTML{
	"warning":  icon("triangle-alert"),
	"other":    icon("shield-check"),
	"avatar":   Icons.Picture,
	"email":    Icons.Email,
	"password": icon("key-round"),
	"reset":    icon("key-round"),
	"sessions": icon("log-out"),
	"user":     Icons.User,
}

// Icons are those of the nouns that have steps.
var Icons = struct{ Email, Picture, User template.HTML }{icon("mail"), icon("camera"), icon("user-round")}
