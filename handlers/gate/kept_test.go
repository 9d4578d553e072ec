package gate

import (
	"encoding/base64"
	"net/url"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"stoa/domain/scope"
	"stoa/platform/secret"
)

func TestKept_Expired(t *testing.T) {
	t.Parallel()
	keys := secret.NewKeys(secret.KeysConfig{Current: []byte("thirty-two bytes of a secret key")})
	r := &Request{gate: &Gate{Config: Config{Keys: keys}}}
	user := scope.UserID{UUID: uuid.New()}
	for until, want := range map[time.Duration]bool{time.Minute: true, -time.Second: false} {
		plain, err := json.Marshal(kept{Typed{Page: "/", Action: "/", Fields: url.Values{"name": {"Ada"}}}, user, time.Now().Add(until)})
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := keys.Seal(keptPurpose, plain, nil)
		if err != nil {
			t.Fatal(err)
		}
		app := fiber.New()
		c := app.AcquireCtx(&fasthttp.RequestCtx{})
		c.Request().Header.SetContentType(fiber.MIMEApplicationForm)
		c.Request().SetBodyString(url.Values{keptField: {base64.RawURLEncoding.EncodeToString(sealed)}}.Encode())
		if typed, got := r.Kept(c, user); got != want || want && typed.Fields.Get("name") != "Ada" {
			t.Errorf("%s before its end Kept = %v, %v, want %v", until, typed, got, want)
		}
		app.ReleaseCtx(c)
	}
}
