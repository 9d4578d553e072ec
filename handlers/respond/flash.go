package respond

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/views"
)

// flashes are the notes that an answer can leave for the next page.
var flashes = map[string]views.Flash{
	"avatar-saved":     {Tone: views.OK, Text: "Your picture is saved."},
	"avatar-removed":   {Tone: views.OK, Text: "Your picture is removed."},
	"profile-saved":    {Tone: views.OK, Text: "Your profile is saved."},
	"password-changed": {Tone: views.OK, Text: "Your password is changed. Every other device and program has been signed out."},
	"session-ended":    {Tone: views.OK, Text: "That session is signed out."},
	"sessions-ended":   {Tone: views.OK, Text: "All other sessions are signed out."},
	"signed-out":       {Tone: views.OK, Text: "You are signed out."},
	"account-closed":   {Tone: views.OK, Text: "Your account is deleted, with everything in it."},
	"verify-sent":      {Tone: views.OK, Text: "Another link is on its way to you. The one before it no longer works."},
	"email-verified":   {Tone: views.OK, Text: "Your email address is verified."},
	"other-verified":   {Tone: views.OK, Text: "The address of that account is verified. You are signed in to another one."},
	"other-changed":    {Tone: views.OK, Text: "The address of that account is changed and verified. You are signed in to another one."},
	"mail-cleared":     {Tone: views.OK, Text: "All mail that was kept is deleted."},
	"email-requested":  {Tone: views.Info, Text: "We sent a link to your new address. The change counts when you open it and confirm."},
	"email-changed":    {Tone: views.OK, Text: "Your email address is changed and verified. Sign in with it from now on."},
}

// countedFlashes are notes that say how many sign-ins ended.
var countedFlashes = map[string]string{
	"password-reset": "Your password is set. %s Sign in with it.",
	"email-restored": "Your account has this address again. %s Whoever changed it knew your password, so choose a new one.",
}

// RedirectCounted is See with a note that says how many sign-ins ended.
func RedirectCounted(c *fiber.Ctx, path, code string, ended int) error {
	return Redirect(c, path, code+"."+strconv.Itoa(ended))
}

// flashOf returns what a code says. It comes from a cookie, which anybody may have
// written: of it only the number gets into the page.
func flashOf(code string) (views.Flash, bool) {
	if flash, ok := flashes[code]; ok {
		return flash, true
	}
	name, number, _ := strings.Cut(code, ".")
	text, known := countedFlashes[name]
	ended, err := strconv.ParseUint(number, 10, 16)
	return views.Flash{Tone: views.OK, Text: fmt.Sprintf(text, signedOut(ended))}, known && err == nil
}

func signedOut(ended uint64) string {
	switch ended {
	case 0:
		return "Nobody was signed in to your account."
	case 1:
		return "The one device or program that was signed in has been signed out."
	}
	return fmt.Sprintf("All %d devices and programs that were signed in have been signed out.", ended)
}
