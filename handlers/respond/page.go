// Package respond gives the answers: pages, fragments, redirects, JSON and, in
// one map, errors.
package respond

import (
	"bytes"
	"errors"
	"net"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/avatars"
	"stoa/domain/scope"
	"stoa/handlers/gate"
	"stoa/handlers/transport"
	"stoa/platform/fault"
	"stoa/views"
)

// privateNoCache is how signed-in pages are cached: by nobody but the browser, and
// asked for again each time (ASVS 14.2.2).
const privateNoCache = "private, no-cache"

// Chrome returns what every page shows of its request.
func Chrome(c *fiber.Ctx) views.Chrome {
	v, in := gate.From(c), transport.From(c)
	chrome := views.Chrome{
		Theme: v.Theme(c), CSRF: v.CSRFToken(c), RequestID: in.ID, Path: c.Path(), Dev: !in.Production(),
	}
	if flash, ok := flashOf(v.TakeFlash(c)); ok {
		chrome.Flash = &flash.view
	}
	if p := v.User(); p != nil {
		chrome.User, chrome.Unverified = Viewer(*p), !p.EmailVerified
	}
	return chrome
}

// Viewer returns the person as the shell shows them.
func Viewer(p scope.User) *views.Viewer {
	return &views.Viewer{Name: p.Name, Email: p.Email, Avatar: AvatarPath(p, avatars.Small)}
}

// AvatarPath returns where the square of that side of the person's picture is,
// or "".
func AvatarPath(p scope.User, side int) string {
	if p.Avatar == "" {
		return ""
	}
	return "/avatars/" + avatars.File(p.Avatar, side)
}

// Page answers with a whole page.
func Page(c *fiber.Ctx, name string, page any) error {
	return render(c, fiber.StatusOK, name, page)
}

// Form answers to a form: with the fragment alone when htmx asked, with its
// page otherwise.
func Form(c *fiber.Ctx, status int, page, fragment string, data any) error {
	if partial(c) {
		return render(c, status, fragment, data)
	}
	return render(c, status, page, data)
}

// Saved responds to a change: with the changed fragment and the message above
// the page when htmx asked, otherwise with a redirect to the page, which shows
// the same message.
func Saved(c *fiber.Ctx, path string, flash Flash, fragment string, data func(views.Chrome) any) error {
	if !partial(c) {
		return RedirectFlash(c, path, flash)
	}
	chrome := Chrome(c)
	chrome.Flash, chrome.Partial = &flash.view, true
	return render(c, fiber.StatusOK, fragment, data(chrome))
}

// Framed answers with a page whose middle is the same for everybody. Its shell
// alone is written for this answer, and the middle is sent from where it lies:
// a large one costs no memory for however slow a reader.
func Framed(c *fiber.Ctx, shell string, page any, middle []byte) error {
	var top, bottom bytes.Buffer
	engine := c.App().Config().Views
	if err := errors.Join(engine.Render(&top, shell+"_top", page), engine.Render(&bottom, shell+"_bottom", page)); err != nil {
		return err
	}
	asPage(c, fiber.StatusOK)
	size := top.Len() + len(middle) + bottom.Len()
	c.Response().SetBodyStream(&net.Buffers{top.Bytes(), middle, bottom.Bytes()}, size)
	return nil
}

func asPage(c *fiber.Ctx, status int) {
	c.Set(fiber.HeaderCacheControl, privateNoCache)
	varyByHTMX(c)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Status(status).Response().ResetBody()
}

func render(c *fiber.Ctx, status int, name string, data any) error {
	asPage(c, status)
	// Not by Fiber's Render: its first two calls race for the list of mounted
	// apps, and each copies the page once more.
	err := c.App().Config().Views.Render(c.Response().BodyWriter(), name, data)
	if err != nil {
		c.Response().ResetBody()
	}
	return err
}

// NoStore is for answers with a page that holds a secret, such as the token of
// a link: it is kept nowhere, and not compressed (ASVS 14.3.2).
func NoStore(c *fiber.Ctx, err error) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return err
}

// Redirect sends the browser to a page after a change (303).
func Redirect(c *fiber.Ctx, path string) error {
	return navigate(c, fiber.StatusOK, path)
}

// FormErrors returns the refused fields of err in a form's order, or nil when
// err is of another kind and belongs to the error page.
func FormErrors(err error) views.Errors {
	e := fault.As(err)
	if e == nil || e.Kind != fault.Invalid && e.Kind != fault.Conflict {
		return nil
	}
	list := make(views.Errors, len(e.Fields))
	for i, f := range e.Fields {
		list[i] = views.FieldError{Field: f.Name, Message: f.Message}
	}
	return list
}
