package respond

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/gate"
	"stoa/platform/fault"
	"stoa/views"
)

// Again responds to a form that was not carried out: with its page as GET shows it now,
// in which the form has a new token and what was typed, and with the message. The page
// has its own middleware and handler, which know nothing of it. A redirect of the page
// stays, such as that of the sign-in form after the sign-in; Again returns otherwise when
// there is no such page. htmx is told to send the form without htmx, because the whole
// page is new.
func Again(c *fiber.Ctx, status int, typed gate.Typed, message Flash, otherwise error) error {
	if partial(c) {
		return sendAgain(c, status)
	}
	ShowFlash(c, message)
	switch err := showPage(c, typed.Page); {
	case fault.Is(err, fault.NotFound):
		return otherwise
	case err != nil:
		return err
	}
	response := c.Response()
	switch shown := response.StatusCode(); {
	case shown == fiber.StatusSeeOther:
		return nil
	case shown != fiber.StatusOK, response.IsBodyStream():
		return otherwise
	}
	filled, err := views.Fill(response.Body(), typed.Action, typed.Fields)
	if err != nil {
		return err
	}
	response.SetBodyRaw(filled)
	c.Status(status)
	return nil
}

// showPage responds as GET does to the path and the query.
func showPage(c *fiber.Ctx, page string) error {
	method, path, query := c.Method(), c.Path(), string(c.Request().URI().QueryString())
	defer func() { // for the log and the metrics
		c.Method(method)
		c.Path(path)
		c.Request().URI().SetQueryString(query)
	}()
	target, search, _ := strings.Cut(page, "?")
	c.Method(fiber.MethodGet)
	c.Path(target)
	c.Request().URI().SetQueryString(search)
	return c.RestartRouting()
}
