package gate

import (
	"crypto/subtle"
	"encoding/base64"
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"stoa/domain/scope"
	"stoa/platform/fault"
)

// formPurpose is the key purpose of the user's id in a token.
const formPurpose = "form-user"

// The refusals of a form after which the user sees it again, with what was typed. The
// form was opened by this user or by a visitor, and nothing is changed before the user
// sends it again.
var (
	Outdated = &fault.Error{
		Kind: fault.Forbidden, Code: "csrf",
		Message: "You signed in or out, or changed your password, since this form was opened. Nothing was changed. Send the form once more.",
	}
	NoCookies = &fault.Error{
		Kind: fault.Forbidden, Code: "no_cookies",
		Message: "Your browser sent no cookie with this form. Allow cookies for this site, then send the form once more. Nothing was changed.",
	}
)

// The other refusals of a form.
var (
	forged = &fault.Error{
		Kind: fault.Forbidden, Code: "csrf",
		Message: "This form is out of date: it stayed open for too long. Nothing was changed. Open the page again and send the form once more.",
	}
	ofAnotherUser = &fault.Error{
		Kind: fault.Forbidden, Code: "csrf",
		Message: "You are signed in as another user than when this form was opened. Nothing was changed. Open the page again to see whose it is now.",
	}
)

// formToken is the token of a posted form.
type formToken struct {
	fresh bool         // it belongs to the session, or before the sign-in to this browser
	ours  bool         // it comes from a page of this site, made for user
	user  scope.UserID // zero for a page of a visitor
}

func (t formToken) visitors() bool { return t.ours && t.user.UUID == uuid.Nil }

// readToken returns the token of the request. A token of the release before has no user.
func (r *Request) readToken(c *fiber.Ctx) (t formToken) {
	text := c.Get(csrfHeader)
	if text == "" {
		text = Field(c, csrfField)
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < 2*csrfSize {
		return t
	}
	sealed, masked := raw[:len(raw)-2*csrfSize], raw[len(raw)-2*csrfSize:]
	if id, err := r.gate.Keys.Open(formPurpose, sealed, nil); err == nil {
		t.ours = copy(t.user.UUID[:], id) == len(t.user.UUID)
	}
	mac := make([]byte, csrfSize)
	subtle.XORBytes(mac, masked[:csrfSize], masked[csrfSize:])
	t.fresh = (t.ours || len(sealed) == 0) && r.isBound(c, mac)
	return t
}

// isBound reports whether the MAC of a token is that of this browser. The identifier of a
// session that has ended still proves that the form comes from this browser, such as when
// a double click sends it twice and the first time ends the session. The form then counts
// as that of a visitor.
func (r *Request) isBound(c *fiber.Ctx, mac []byte) bool {
	bound := []string{r.binding(c)}
	if r.session == nil {
		bound = append(bound, c.Cookies(r.gate.cookies.session))
	}
	return slices.ContainsFunc(bound, func(value string) bool {
		return value != "" && r.gate.Keys.Verify(csrfPurpose, mac, []byte(value))
	})
}

// FormUser returns the user for which this site made the posted form, and false for a
// form of a visitor, of another browser or of another site.
func (r *Request) FormUser(c *fiber.Ctx) (scope.UserID, bool) {
	t := r.readToken(c)
	return t.user, t.ours && !t.visitors() && (t.fresh || r.Is(t.user)) && !r.gate.crossOrigin(c)
}

// refuseToken returns the reason why a token is refused.
func (r *Request) refuseToken(c *fiber.Ctx, t formToken) error {
	switch {
	case !t.ours, r.Is(t.user) && isAuthPage(c.Path()): // no page of a user has a form to sign in
		return forged
	case t.visitors() && r.binding(c) == "":
		return NoCookies
	case r.SignedIn() && !r.Is(t.user) && !t.visitors():
		return ofAnotherUser
	}
	return Outdated
}

// userID returns the id of the user, or zero.
func (r *Request) userID() (id scope.UserID) {
	if r.SignedIn() {
		id = r.scope.User.ID
	}
	return id
}
