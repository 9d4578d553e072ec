package browser

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"stoa/domain/accounts"
	"stoa/domain/onetime"
	"stoa/domain/personaldata"
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

// linkToken returns the token in the URL of a link's page.
func linkToken(c *fiber.Ctx) string { return onetime.Trim(gate.Param(c, "token")) }

// showLink shows the page with the button of a valid link. errs are the refused input
// of its form, nil for the page as a link opens it.
func showLink(c *fiber.Ctx, a *accounts.Accounts, purpose onetime.Purpose, token string, errs *views.Errors) error {
	link, err := a.OpenLink(c.UserContext(), purpose, token)
	if err != nil {
		return deadLink(c, purpose, err)
	}
	page := confirmLink(gate.From(c), link)
	page.Chrome, page.Form.Token, page.Form.Errors = linkChrome(c, token), token, errs
	status := fiber.StatusOK
	if errs != nil {
		status = fiber.StatusUnprocessableEntity
	}
	return respond.NoStore(c, respond.Form(c, status, "accounts/confirm_link", "accounts/_confirm_link_form", page))
}

// confirmLink returns the page of a link. Verification and confirmation name the
// account, because the owner of the mailbox may not be its user, and ask for its
// password in a browser that is not signed in to it.
func confirmLink(request *gate.Request, link accounts.OpenedLink) views.ConfirmLink {
	if link.Purpose == onetime.UndoEmail {
		return undoLink(link.Changed(), link.Email)
	}
	page := confirmTexts[link.Purpose]
	page.Email, page.Form.NeedsPassword = link.Email, !request.Is(link.User)
	page.Account = &views.LinkAccount{Name: link.Account.Name, CreatedAt: link.Account.CreatedAt, Device: link.Device}
	if link.IP != nil {
		page.Account.IP = link.IP.String()
	}
	if !link.Account.EmailVerified {
		page.Disown.Text = "Didn’t create this account? We’ll delete it, and your email address is free."
	}
	return page
}

// confirmTexts are the pages with the button that verifies an email address.
var confirmTexts = map[onetime.Purpose]views.ConfirmLink{
	onetime.VerifyEmail: {
		Heading: "Verify your email address", Text: "Confirm that this email address is yours.",
		Form:   views.ConfirmLinkForm{Action: "/verify-email", Verb: "Verify this address"},
		Disown: views.Disown{Action: "/verify-email/disown"},
	},
	onetime.ConfirmEmail: {
		Heading: "Confirm your new email address", Text: "You’ll sign in with it from now on.",
		Form:   views.ConfirmLinkForm{Action: "/settings/email/confirm", Verb: "Use this address"},
		Disown: views.Disown{Action: "/settings/email/confirm/disown", Text: "Didn’t ask for this? We’ll cancel the change."},
	},
}

// undoLink returns the page that undoes a change, or cancels one that has not
// happened.
func undoLink(changed bool, email string) views.ConfirmLink {
	page := views.ConfirmLink{
		Heading: "Cancel the change of your email address", Email: email,
		Text: "Nothing has changed yet. Your account keeps this email address.",
		Form: views.ConfirmLinkForm{Action: "/settings/email/undo", Verb: "Cancel the change"},
	}
	if changed {
		page.Heading, page.Form.Verb = "Undo the change of your email address", "Undo the change"
		page.Text = "Your account gets this email address back, and every browser and API client is signed out. Then choose a new password."
	}
	return page
}

// linkFailed responds to a refused use of a link: with its page for a refused
// password, and otherwise as deadLink.
func linkFailed(c *fiber.Ctx, a *accounts.Accounts, purpose onetime.Purpose, token string, err error) error {
	if errs := respond.FormErrors(c, err); errs.For("password") != "" {
		return showLink(c, a, purpose, token, errs)
	}
	return deadLink(c, purpose, err)
}

var (
	accountDisowned = respond.NewFlash("account-disowned", views.OK, "The account is deleted, and your email address is free.")
	changeDisowned  = respond.NewFlash("change-disowned", views.OK, "The change is cancelled. The account does not get your email address.")
)

// disown is "This was not me" on the page of a link.
func disown(c *fiber.Ctx, data *personaldata.PersonalData, purpose onetime.Purpose) error {
	request := gate.From(c)
	done, err := data.Disown(c.UserContext(), request.Scope(), purpose, gate.Field(c, "token"))
	if before := new(onetime.AlreadyDone); errors.As(err, &before) && before.Disowned {
		done, err = personaldata.Disowned{Deleted: before.Deleted}, nil // such as by a double click
	}
	if err != nil {
		return deadLink(c, purpose, err)
	}
	if !done.Deleted {
		return respond.RedirectFlash(c, "/", changeDisowned)
	}
	if request.Is(done.User) {
		if err := request.SignOut(c); err != nil {
			return err
		}
	}
	return respond.RedirectFlash(c, "/", accountDisowned)
}

// deadLinkTexts describe what the user can do instead. They do not give the
// reason of the refusal, which would distinguish a guessed link from a used one.
var deadLinkTexts = map[onetime.Purpose]views.DeadLink{
	onetime.VerifyEmail: {
		Advice: "Sign in, and ask for another at the top of Home.",
		Action: views.Link{Label: "Sign in", Href: "/login"},
	},
	onetime.ResetPassword: {
		Advice: "Ask for another one. It takes a minute.",
		Action: views.Link{Label: "Send me another link", Href: "/forgot-password"},
	},
	onetime.ConfirmEmail: {
		Advice: "Your settings show the email address of your account. You can ask for the change again there.",
		Action: views.Link{Label: "Open the settings", Href: "/settings/email"},
	},
	onetime.UndoEmail: {
		Advice: "If you didn’t change your email address yourself, set a new password and ask the operator of this site for help.",
		Action: views.Link{Label: "Set a new password", Href: "/forgot-password"},
	},
}

// doneTexts describe the present state of an account for a link that has nothing left to
// do. The email address of the link follows the text.
var doneTexts = map[onetime.Purpose]views.DeadLink{
	onetime.VerifyEmail:   {Heading: "Already verified", Text: "You have already verified", Action: views.Link{Label: "Go to Home", Href: homePath}},
	onetime.ConfirmEmail:  {Heading: "Email address changed", Text: "Your email address is now", Action: views.Link{Label: "Open the settings", Href: emailPath}},
	onetime.UndoEmail:     {Heading: "There is no change to undo", Text: "The change is already undone or was never made. Your email address is", Action: views.Link{Label: "Open the settings", Href: emailPath}},
	onetime.ResetPassword: {Heading: "Password changed", Text: "The password was changed with this link on", Advice: "Sign in with it. If you didn’t change it, ask for another link.", Action: views.Link{Label: "Sign in", Href: "/login"}},
}

// otherDoneTexts are doneTexts for a browser in which another user is signed in.
var otherDoneTexts = map[onetime.Purpose]views.DeadLink{
	onetime.VerifyEmail:  {Heading: "Already verified", Rest: " is verified"},
	onetime.ConfirmEmail: {Heading: "Email address changed", Text: "The account of this link now has the email address"},
	onetime.UndoEmail:    {Heading: "There is no change to undo", Text: "The change is already undone or was never made. The account of this link has the email address"},
}

var (
	accountDisownedText = views.DeadLink{Heading: "Account deleted", Text: "The account of this link is deleted, because it didn’t belong to the owner of the mailbox.", Action: views.Link{Label: "Go to the start page", Href: "/"}}
	changeDisownedText  = views.DeadLink{Heading: "Change cancelled", Text: "The change of this link is cancelled. The account does not get the email address.", Action: views.Link{Label: "Go to the start page", Href: "/"}}
)

// donePage returns the page of a link that has nothing left to do.
func donePage(request *gate.Request, done *onetime.AlreadyDone) views.DeadLink {
	switch {
	case done.Deleted:
		return accountDisownedText
	case done.Disowned:
		return changeDisownedText
	}
	page := doneTexts[done.Purpose]
	if done.Purpose == onetime.ResetPassword {
		page.At = done.UsedAt
		return page
	}
	if request.SignedIn() && !request.Is(done.User) {
		page = otherDoneTexts[done.Purpose]
		page.Advice, page.Action = "You are signed in to another account.", doneTexts[onetime.VerifyEmail].Action
	}
	page.Email = done.Email
	return page
}

// deadLink responds to a link that does not work or has nothing left to do, and
// returns err when err has another cause.
func deadLink(c *fiber.Ctx, purpose onetime.Purpose, err error) error {
	page, status := deadLinkTexts[purpose], fiber.StatusUnprocessableEntity
	if c.Method() != fiber.MethodPost {
		status = fiber.StatusNotFound
	}
	var done *onetime.AlreadyDone
	switch f := fault.As(err); {
	case errors.As(err, &done):
		page, status = donePage(gate.From(c), done), fiber.StatusOK
	case onetime.IsDead(err) && !onetime.Whole(linkToken(c)):
		page.Heading, page.Text = "This link is incomplete", "Open it again from the email, or copy all of it."
	case onetime.IsDead(err):
		page.Heading, page.Text = "This link no longer works", "It was used, has expired, or was replaced by a newer one."
	case f != nil && f.Kind == fault.Conflict:
		page.Heading, page.Text = "This address is taken", "Another account has this email address now."
	default:
		return err
	}
	page.Chrome = respond.Chrome(c)
	if purpose == onetime.VerifyEmail && status != fiber.StatusOK && page.User != nil {
		offerResend(&page)
	}
	return respond.NoStore(c, respond.Form(c, status, "accounts/dead_link", "accounts/_dead_link", page))
}

// offerResend lets the signed-in user ask for another link to verify the email address.
func offerResend(page *views.DeadLink) {
	page.Resend, page.Advice = page.Unverified, "Ask for another here."
	if !page.Unverified {
		page.Advice = "Your email address is already verified."
		page.Action = doneTexts[onetime.VerifyEmail].Action
	}
}

// redirectHome redirects to the home page, or to the sign-in form without a
// session, after a one-time link of the user with the id was used. A browser in
// which another user is signed in gets the flash other.
func redirectHome(c *fiber.Ctx, id scope.UserID, flash, other respond.Flash) error {
	switch request := gate.From(c); {
	case !request.SignedIn():
		return respond.RedirectFlash(c, "/login", flash)
	case request.Is(id):
		return respond.RedirectFlash(c, homePath, flash)
	}
	return respond.RedirectFlash(c, homePath, other)
}
