// Package respond writes the responses: pages, fragments, redirects, JSON and
// errors. It maps each kind of error to a status in one place.
package respond

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/avatars"
	"stoa/domain/scope"
	"stoa/handlers/gate"
	"stoa/handlers/transport"
	"stoa/platform/fault"
	"stoa/views"
)

// privateNoCache allows only the browser to cache a page, and makes it
// revalidate the page each time (ASVS 14.2.2).
const privateNoCache = "private, no-cache"

// Chrome returns the parts of every page that depend on the request.
func Chrome(c *fiber.Ctx) views.Chrome {
	request, in := gate.From(c), transport.From(c)
	chrome := views.Chrome{
		Theme: request.Theme(c), CSRF: request.CSRFToken(c), RequestID: in.ID, Path: c.Path(), Origin: in.Absolute(""), Dev: !in.Production(),
	}
	if flash, ok := flashOf(request.TakeFlash(c)); ok {
		chrome.Flash = &flash.view
	}
	if u := request.User(); u != nil {
		chrome.User, chrome.Unverified, chrome.EmailFailure = Viewer(*u), !u.EmailVerified, u.EmailFailure
	}
	return chrome
}

// Viewer returns the user as the shell of each page shows them.
func Viewer(u scope.User) *views.Viewer {
	return &views.Viewer{ID: u.ID.String(), Name: u.Name, Email: u.Email, Avatar: AvatarPath(u, avatars.Small)}
}

// AvatarPath returns the path of the user's picture in a size, in pixels, or
// "".
func AvatarPath(u scope.User, side int) string {
	if u.Avatar == "" {
		return ""
	}
	return "/avatars/" + avatars.File(u.Avatar, side)
}

// Page responds with a whole page.
func Page(c *fiber.Ctx, name string, page any) error {
	return render(c, fiber.StatusOK, name, page)
}

// Form responds to a form: with the fragment if htmx sent the form, otherwise
// with the page.
func Form(c *fiber.Ctx, status int, page, fragment string, data any) error {
	if partial(c) {
		return render(c, status, fragment, data)
	}
	return render(c, status, page, data)
}

// WholePage responds to a form with a page that replaces the whole page. htmx is told to
// send the form without htmx.
func WholePage(c *fiber.Ctx, status int, name string, page any) error {
	if partial(c) {
		return sendAgain(c, status)
	}
	return render(c, status, name, page)
}

// Saved responds to a change. htmx gets the changed fragment and the message. Other
// browsers get a redirect to the page, which shows the same message, and to the form when
// the message is beside its button.
func Saved(c *fiber.Ctx, path string, flash Flash, fragment string, data func(views.Chrome) any) error {
	if !partial(c) {
		if flash.view.At != "" {
			path += "#" + flash.view.At
		}
		return RedirectFlash(c, path, flash)
	}
	chrome := Chrome(c)
	chrome.Flash, chrome.Partial = &flash.view, true
	return render(c, fiber.StatusOK, fragment, data(chrome))
}

func asPage(c *fiber.Ctx, status int) {
	c.Set(fiber.HeaderCacheControl, privateNoCache)
	varyByHTMX(c)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Status(status).Response().ResetBody()
}

func render(c *fiber.Ctx, status int, name string, data any) error {
	asPage(c, status)
	// Fiber's Render is not used: its first two calls race for the list of
	// mounted apps, and each call copies the page.
	err := c.App().Config().Views.Render(c.Response().BodyWriter(), name, data)
	if err != nil {
		c.Response().ResetBody()
	}
	return err
}

// NoStore is for a response with a secret, such as the token of a link. The
// response is neither cached nor compressed (ASVS 14.3.2).
func NoStore(c *fiber.Ctx, err error) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return err
}

// Redirect sends the browser to a page after a change (303).
func Redirect(c *fiber.Ctx, path string) error {
	return navigate(c, fiber.StatusOK, path)
}

// FormErrors returns the refused fields of err in the order of the form, with what was
// typed. It returns nil for an error of another kind, which needs the error page.
func FormErrors(c *fiber.Ctx, err error) *views.Errors {
	e := fault.As(err)
	if e == nil || e.Kind != fault.Invalid && e.Kind != fault.Conflict {
		return nil
	}
	errs := &views.Errors{List: make([]views.FieldError, len(e.Fields)), Typed: func(name string) string { return gate.Field(c, name) }}
	for i, f := range e.Fields {
		errs.List[i] = views.FieldError{Field: f.Name, Message: f.Message}
	}
	return errs
}
