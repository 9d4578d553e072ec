package respond

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/gate"
	"stoa/views"
)

// Flash is a message that a response leaves for the next page. Each resource
// declares its flashes in package variables.
type Flash struct {
	code string // the cookie holds the code, not the text
	view views.Flash
}

// CountedFlash is a flash with a text that depends on a number.
type CountedFlash struct {
	code string
	text func(n int) string
}

// All declared messages by their codes. Only the initialization of package
// variables writes these maps.
var (
	flashes        = map[string]Flash{}
	countedFlashes = map[string]CountedFlash{}
)

// NewFlash declares a message. It panics when the code is declared already.
func NewFlash(code string, tone views.Tone, text string) Flash {
	return declare(flashes, code, Flash{code, views.Flash{Tone: tone, Text: text}})
}

// NewSaved declares a message of success that is shown beside the button of a form. id is
// that of the element around the form, to which the browser scrolls.
func NewSaved(code, id, text string) Flash {
	return declare(flashes, code, Flash{code, views.Flash{Tone: views.OK, Text: text, At: id}})
}

// NewCountedFlash declares a message of success with a number. It panics when
// the code is declared already.
func NewCountedFlash(code string, text func(n int) string) CountedFlash {
	return declare(countedFlashes, code, CountedFlash{code, text})
}

func declare[F any](all map[string]F, code string, flash F) F {
	if _, declared := all[code]; declared {
		panic("flash declared twice: " + code)
	}
	all[code] = flash
	return flash
}

// With returns the message for the number n.
func (f CountedFlash) With(n int) Flash {
	return Flash{f.code + "." + strconv.Itoa(n), views.Flash{Tone: views.OK, Text: f.text(n)}}
}

// RedirectFlash is Redirect with a message for the next page.
func RedirectFlash(c *fiber.Ctx, path string, flash Flash) error {
	gate.From(c).SetFlash(c, flash.code)
	return Redirect(c, path)
}

// ShowFlash shows the message on the page that this request shows later.
func ShowFlash(c *fiber.Ctx, flash Flash) { gate.From(c).ShowFlash(c, flash.code) }

// flashOf returns the message with a code, and false for an unknown code. The
// code comes from a cookie, which any client can forge: of its text, only the
// number of a counted message gets into the page.
func flashOf(code string) (Flash, bool) {
	if flash, ok := flashes[code]; ok {
		return flash, true
	}
	name, number, _ := strings.Cut(code, ".")
	counted, ok := countedFlashes[name]
	n, err := strconv.ParseUint(number, 10, 16)
	if !ok || err != nil {
		return Flash{}, false
	}
	return counted.With(int(n)), true
}
