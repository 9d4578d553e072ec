package gate

import (
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofiber/fiber/v2"

	"stoa/domain/scope"
	"stoa/platform/fault"
)

// The text of a form that was sent without a session, while its user signs in again.
const (
	keptPurpose  = "kept-form"
	keptField    = "_kept" // of the sign-in form
	keptLifetime = 10 * time.Minute
	maxKept      = 16 << 10 // bytes
)

// Typed is the text of a form, without passwords and files.
type Typed struct {
	Page   string     `json:"page"`   // path and query of the page with the form
	Action string     `json:"action"` // the path to which the form is sent
	Fields url.Values `json:"fields"`
}

// kept is what the sign-in form carries, sealed.
type kept struct {
	Typed
	User  scope.UserID `json:"user"`
	Until time.Time    `json:"until"`
}

// TypedIn returns what was typed into the posted form of a page.
func TypedIn(c *fiber.Ctx, page string) Typed {
	fields := url.Values{}
	add := func(name, value string) {
		if !strings.HasPrefix(name, "_") && !strings.Contains(strings.ToLower(name), "password") {
			fields.Add(name, value)
		}
	}
	for name, value := range c.Request().PostArgs().All() {
		add(string(name), string(value))
	}
	if form, err := c.MultipartForm(); err == nil {
		for name, values := range form.Value {
			for _, value := range values {
				add(name, value)
			}
		}
	}
	return Typed{Page: page, Action: c.Path(), Fields: fields}
}

// Keep seals what was typed. It can be opened for the user that the form belongs to. It
// returns "" if the form has no text, or comes from no page of a user. It returns
// TooLarge for more than 16 KiB.
func (r *Request) Keep(c *fiber.Ctx, t Typed) (string, error) {
	token := r.readToken(c)
	if !token.ours || token.visitors() || len(t.Fields) == 0 || r.gate.crossOrigin(c) {
		return "", nil
	}
	plain, err := json.Marshal(kept{t, token.user, time.Now().Add(keptLifetime)}, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return "", err
	}
	if len(plain) > maxKept {
		return "", &fault.Error{
			Kind: fault.TooLarge, Code: "too_large",
			Message: "You are signed out, and this text is too long to keep while you sign in. Sign in in another tab, then go back to this one and send the form again.",
		}
	}
	sealed, err := r.gate.Keys.Seal(keptPurpose, plain, nil)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// KeptField returns the sealed text of Keep in a posted sign-in form, or "".
func KeptField(c *fiber.Ctx) string { return Field(c, keptField) }

// Kept returns what the user typed before the sign-in. It returns false for text of
// another user, and ten minutes after Keep.
func (r *Request) Kept(c *fiber.Ctx, user scope.UserID) (Typed, bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(KeptField(c))
	if err != nil {
		return Typed{}, false
	}
	plain, err := r.gate.Keys.Open(keptPurpose, sealed, nil)
	if err != nil {
		return Typed{}, false
	}
	var k kept
	if err := json.Unmarshal(plain, &k); err != nil || k.User != user || time.Now().After(k.Until) {
		return Typed{}, false
	}
	return k.Typed, true
}
