package browser

import (
	"github.com/gofiber/fiber/v2"

	"stoa/domain/onetime"
	"stoa/handlers/respond"
	"stoa/platform/fault"
	"stoa/views"
)

// The pages that links in mail lead to. Opening one only looks at the link;
// its button uses it up. They work signed out, on any device and replica.

// linkChrome is that of a page which is nothing without its link: a way back to
// it, such as after choosing a theme, takes the token along.
func linkChrome(c *fiber.Ctx, token string) views.Chrome {
	chrome := respond.Chrome(c)
	chrome.Query = "?token=" + token
	return chrome
}

// confirmTexts are the pages on which one button uses up a link.
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

// showConfirmLink shows the button of a live link.
func (p *Pages) showConfirmLink(c *fiber.Ctx, purpose onetime.Purpose) error {
	link, err := p.Onetime.Peek(c.UserContext(), purpose, c.Query("token"))
	if err != nil {
		return p.linkRefused(c, purpose, fiber.StatusNotFound, err)
	}
	page := confirmTexts[purpose]
	page.Token, page.Email = c.Query("token"), link.Email
	page.Chrome = linkChrome(c, page.Token)
	return respond.NoStore(c, respond.Page(c, "accounts/use", page))
}

// refusals are what to do instead of a link that opens nothing. Why it does not
// is not told apart, since that would tell a guess from a used one.
var refusals = map[onetime.Purpose]views.DeadLink{
	onetime.VerifyEmail: {
		Advice: "Sign in, and ask for another at the top of your dashboard.",
		Way:    views.Link{Label: "Sign in", Href: "/login"},
	},
	onetime.ResetPassword: {
		Advice: "Ask for another: it takes a minute.",
		Way:    views.Link{Label: "Send me another link", Href: "/forgot-password"},
	},
	onetime.ConfirmEmail: {
		Advice: "Your address stays as it is. You can ask for the change again in your settings.",
		Way:    views.Link{Label: "Open the settings", Href: "/settings/email"},
	},
	onetime.UndoEmail: {
		Advice: "If you did not change your address yourself, set a new password, and ask whoever runs this site for help.",
		Way:    views.Link{Label: "Set a new password", Href: "/forgot-password"},
	},
}

// linkRefused answers where a link was refused, and with err when something
// else went wrong.
func (p *Pages) linkRefused(c *fiber.Ctx, purpose onetime.Purpose, status int, err error) error {
	page := refusals[purpose]
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
	return respond.NoStore(c, respond.Form(c, status, "accounts/refused", "accounts/_refused", page))
}
