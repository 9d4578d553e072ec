package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/platform/fault"
	"stoa/views"
)

// The pages of one-time links. GET only reads the link; the button on the page
// uses it up. The pages need no session and work on any device and replica.

// linkChrome is the chrome of a page that needs its link. A redirect back to
// the page, for example after choosing a theme, keeps the token.
func linkChrome(c *fiber.Ctx, token string) views.Chrome {
	chrome := respond.Chrome(c)
	chrome.Query = "?token=" + token
	return chrome
}

// confirmTexts are the pages with one button that uses up a link.
var confirmTexts = map[onetime.Purpose]views.ConfirmLink{
	onetime.VerifyEmail: {
		Heading: "Verify your email address", Action: "/verify-email", Verb: "Verify this address",
		Text: "One press, and we know that this address is yours.",
	},
	onetime.ConfirmEmail: {
		Heading: "Confirm your new email address", Action: "/settings/email/confirm", Verb: "Use this address",
		Text: "Your account has this address from then on, and you sign in with it.",
	},
	onetime.UndoEmail: {
		Heading: "Undo the change of your email address", Action: "/settings/email/undo", Verb: "Undo the change",
		Text: "Your account gets this address back, and every browser and program is signed out. Then you choose a new password.",
	},
}

// showConfirmLink shows the button of a valid link.
func showConfirmLink(c *fiber.Ctx, links *onetime.Links, purpose onetime.Purpose) error {
	token := gate.Param(c, "token")
	link, err := links.Peek(c.UserContext(), purpose, token)
	if err != nil {
		return deadLink(c, purpose, fiber.StatusNotFound, err)
	}
	page := confirmTexts[purpose]
	page.Token, page.Email = token, link.Email
	page.Chrome = linkChrome(c, page.Token)
	return respond.NoStore(c, respond.Page(c, "accounts/confirm_link", page))
}

// deadLinkTexts describe what the user can do instead. They do not give the
// reason of the refusal, which would distinguish a guessed link from a used one.
var deadLinkTexts = map[onetime.Purpose]views.DeadLink{
	onetime.VerifyEmail: {
		Advice: "Sign in, and ask for another at the top of your dashboard.",
		Action: views.Link{Label: "Sign in", Href: "/login"},
	},
	onetime.ResetPassword: {
		Advice: "Ask for another: it takes a minute.",
		Action: views.Link{Label: "Send me another link", Href: "/forgot-password"},
	},
	onetime.ConfirmEmail: {
		Advice: "Your address stays as it is. You can ask for the change again in your settings.",
		Action: views.Link{Label: "Open the settings", Href: "/settings/email"},
	},
	onetime.UndoEmail: {
		Advice: "If you did not change your address yourself, set a new password, and ask whoever runs this site for help.",
		Action: views.Link{Label: "Set a new password", Href: "/forgot-password"},
	},
}

// deadLink responds to a link that does not work, and returns err when err has
// another cause.
func deadLink(c *fiber.Ctx, purpose onetime.Purpose, status int, err error) error {
	page := deadLinkTexts[purpose]
	switch f := fault.As(err); {
	case onetime.IsDead(err):
		page.Heading, page.Text = "This link no longer works", "It was used, has run out, or a newer one took its place."
	case f != nil && f.Kind == fault.Conflict:
		page.Heading, page.Text = "This address is taken", "Another account has this address by now."
	default:
		return err
	}
	page.Chrome = respond.Chrome(c)
	if purpose == onetime.VerifyEmail && page.Unverified {
		page.Resend, page.Advice = true, "Ask for another here."
	}
	return respond.NoStore(c, respond.Form(c, status, "accounts/dead_link", "accounts/_dead_link", page))
}

// redirectHome redirects to the dashboard, or to the sign-in form without a
// session, after a one-time link of the user with the id was used. A browser in
// which another user is signed in gets the flash other.
func redirectHome(c *fiber.Ctx, id scope.UserID, flash, other respond.Flash) error {
	switch request := gate.From(c); {
	case !request.SignedIn():
		return respond.RedirectFlash(c, "/login", flash)
	case request.Is(id):
		return respond.RedirectFlash(c, dashboardPath, flash)
	}
	return respond.RedirectFlash(c, dashboardPath, other)
}
