package journeys

import (
	"net/http"
	"stoa/test/rig"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRegister_ReturnsUserAndTokens(t *testing.T) {
	t.Parallel()
	c, p := rig.Shared(t).API(t), rig.NewUser()
	before := time.Now().Add(-time.Minute)
	got := c.Register(p)
	want := rig.APIUser{ID: got.User.ID, Name: p.Name, Email: p.Email, CreatedAt: got.User.CreatedAt, UpdatedAt: got.User.CreatedAt}
	if diff := cmp.Diff(want, got.User); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
	if created := parseTime(t, got.User.CreatedAt); created.Before(before) || created.After(time.Now().Add(time.Minute)) {
		t.Errorf("created_at = %s, want about now", got.User.CreatedAt)
	}
	if got.Type != "Bearer" || got.ExpiresIn != 900 {
		t.Errorf("token_type, expires_in = %s, %d; want Bearer, 900", got.Type, got.ExpiresIn)
	}
	if diff := cmp.Diff(want, rig.Decode[rig.APIUser](c.Get("/api/users/me").Is(200))); diff != "" {
		t.Errorf("GET /api/users/me (-want +got):\n%s", diff)
	}
}

func TestRegister_TakenAddressInAnySpelling(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	_, p, _ := app.RegisterAPI(t)
	for _, spelling := range []string{p.Email, strings.ToUpper(p.Email), "P" + p.Email[1:], strings.Replace(p.Email, "example.com", "EXAMPLE.com", 1)} {
		other := rig.NewUser()
		other.Email = spelling
		register(app.API(t), other).Refused(http.StatusConflict, "email_taken")
	}
}

func TestRegister_InternationalDomainIsOneAddress(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	p, twin := rig.NewUser(), rig.NewUser()
	local, _, _ := strings.Cut(p.Email, "@")
	p.Email, twin.Email = local+"@bücher.example", local+"@xn--bcher-kva.example"
	if got := app.API(t).Register(p).User.Email; got != twin.Email {
		t.Errorf("email = %q, want its A-label %q", got, twin.Email)
	}
	register(app.API(t), twin).Refused(http.StatusConflict, "email_taken")
}

// Spellings of one email address that fold or look alike never make a second
// account.
func TestRegister_LookalikesTakeNoAddress(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	p := rig.NewUser()
	local, _, _ := strings.Cut(p.Email, "@")
	p.Email = local + "@kiosk-istanbul.example"
	app.API(t).Register(p)
	for why, email := range map[string]string{
		"Kelvin sign":      local + "@\u212aiosk-istanbul.example",
		"dotted capital I": local + "@kiosk-\u0130stanbul.example",
		"full width":       local + "@ｋiosk-istanbul.example",
		"soft hyphen":      local + "@kio\u00adsk-istanbul.example",
		"combining":        local + "@kiosk-istanbul.example\u0301",
		"last dot":         local + "@kiosk-istanbul.example.",
		"ideographic dot":  local + "@kiosk-istanbul\u3002example",
		"blank around":     " " + p.Email + " ",
		"Kelvin in front":  "\u212a" + p.Email,
		"dotless i":        strings.Replace(p.Email, "i", "\u0131", 1),
	} {
		twin := rig.NewUser()
		twin.Email = email
		if got := register(app.API(t), twin); got.Status != 409 && got.Status != 422 {
			// A different domain is a different mailbox.
			if made := rig.Decode[rig.Tokens](got).User.Email; strings.EqualFold(strings.Trim(made, " ."), p.Email) {
				t.Errorf("%s: %q creates a second account as %q", why, email, made)
			}
		}
	}
	if n := rig.Ask[int](t, app, "select count(*) from users where email_key = $1", p.Email); n != 1 {
		t.Errorf("%d accounts, want 1", n)
	}
}

func TestRegister_OneAccountOfTwentyAtOnce(t *testing.T) {
	t.Parallel()
	app, p := rig.Shared(t), rig.NewUser()
	statuses := atOnce(20, func(int) int { return served(t, func() *rig.Response { return register(app.API(t), p) }) })
	if statuses[201] != 1 || statuses[409] != 19 {
		t.Errorf("statuses = %v, want one 201 and 19 times 409", statuses)
	}
	if n := rig.Ask[int](t, app, "select count(*) from users where email_key = $1", p.Email); n != 1 {
		t.Errorf("%d accounts, want 1", n)
	}
}

func TestRegister_EmailIsKeptAsTyped(t *testing.T) {
	t.Parallel()
	p := rig.NewUser()
	p.Email = "Given.NAME+tag-" + p.Email
	if got := rig.Shared(t).API(t).Register(p).User.Email; got != p.Email {
		t.Errorf("email = %q, want %q", got, p.Email)
	}
}

func TestRegister_NameIsCleaned(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"  Ada  ": "Ada", "A\u0007d\u001ba": "Ada", "Grace\tHopper": "Grace Hopper", "名前": "名前",
		"<b>Bold</b>": "<b>Bold</b>", strings.Repeat("é", 100): strings.Repeat("é", 100),
		"\u200e\u200bAda\u200b Love\u200elace\u200b": "Ada Lovelace", "علی\u200cرضا": "علی\u200cرضا", "👩\u200d🚀": "👩\u200d🚀",
	} {
		p := rig.NewUser()
		p.Name = typed
		if got := rig.Shared(t).API(t).Register(p).User.Name; got != want {
			t.Errorf("name %q is stored as %q, want %q", typed, got, want)
		}
	}
}

func TestRegister_RefusesFields(t *testing.T) {
	t.Parallel()
	c := rig.Shared(t).API(t)
	long := strings.Repeat("long password ", 10)
	for _, tt := range []struct {
		why, field, code string
		change           map[string]any
	}{
		{"empty name", "name", "required", map[string]any{"name": ""}},
		{"blank name", "name", "required", map[string]any{"name": " \t "}},
		{"long name", "name", "too_long", map[string]any{"name": strings.Repeat("n", 101)}},
		{"NUL in the name", "name", "invalid_text", map[string]any{"name": "A\x00B"}},
		{"null name", "name", "wrong_type", map[string]any{"name": nil}},
		{"name is a number", "name", "wrong_type", map[string]any{"name": 7}},
		{"name is an array", "name", "wrong_type", map[string]any{"name": []string{"Ada"}}},
		{"name is an object", "name", "wrong_type", map[string]any{"name": map[string]string{"first": "Ada"}}},
		{"empty address", "email", "required", map[string]any{"email": ""}},
		{"no @", "email", "invalid_email", map[string]any{"email": "ada.example.com"}},
		{"two @", "email", "invalid_email", map[string]any{"email": "a@b@example.com"}},
		{"nothing before @", "email", "invalid_email", map[string]any{"email": "@example.com"}},
		{"nothing behind @", "email", "invalid_email", map[string]any{"email": "ada@"}},
		{"unicode before @", "email", "invalid_email", map[string]any{"email": "adä@example.com"}},
		{"line break in the address", "email", "invalid_email", map[string]any{"email": "ada@example.com\r\nBcc: eve@example.com"}},
		{"second address", "email", "invalid_email", map[string]any{"email": "ada@example.com,eve@example.com"}},
		{"quoted address", "email", "invalid_email", map[string]any{"email": `"ada eve"@example.com`}},
		{"named address", "email", "invalid_email", map[string]any{"email": "Ada <ada@example.com>"}},
		{"NUL in the address", "email", "invalid_email", map[string]any{"email": "ada\x00@example.com"}},
		{"long address", "email", "too_long", map[string]any{"email": strings.Repeat("a", 60) + "@" + strings.Repeat(strings.Repeat("b", 60)+".", 4) + "example"}},
		{"null address", "email", "wrong_type", map[string]any{"email": nil}},
		{"address is a boolean", "email", "wrong_type", map[string]any{"email": true}},
		{"empty password", "password", "required", map[string]any{"password": ""}},
		{"11 characters", "password", "too_short", map[string]any{"password": "brass ancho"}},
		{"11 characters of many bytes", "password", "too_short", map[string]any{"password": "ключ-золото"}},
		{"129 characters", "password", "too_long", map[string]any{"password": long[:129]}},
		{"NUL in the password", "password", "invalid_text", map[string]any{"password": "seven brass\x00anchors"}},
		{"null password", "password", "wrong_type", map[string]any{"password": nil}},
		{"password is a number", "password", "wrong_type", map[string]any{"password": 123456789012}},
		{"common password", "password", "too_common", map[string]any{"password": "password1234"}},
		{"common password, padded", "password", "too_common", map[string]any{"password": "password000000"}},
		{"common password, repeated", "password", "too_common", map[string]any{"password": "qwertyqwerty"}},
		{"the product's name", "password", "product_name", map[string]any{"password": "stoastoastoa"}},
		{"unknown field", "admin", "unknown", map[string]any{"admin": true}},
		{"field in another case", "Name", "unknown", map[string]any{"Name": "Eve"}},
		{"server's own field", "id", "unknown", map[string]any{"id": "019ab0c2-6c1e-7d3a-9a55-0d4f5e8b7c21"}},
		{"server's own field", "email_verified", "unknown", map[string]any{"email_verified": true}},
	} {
		p := rig.NewUser()
		body := map[string]any{"name": p.Name, "email": p.Email, "password": p.Password}
		for name, value := range tt.change {
			body[name] = value
		}
		got := c.Post("/api/auth/register", body)
		if got.Status != 422 {
			t.Errorf("%s: %d, want 422\n%s", tt.why, got.Status, got.Body)
			continue
		}
		if code := got.RefusedField(tt.field); code != tt.code {
			t.Errorf("%s: %s is refused with %s, want %s", tt.why, tt.field, code, tt.code)
		}
	}
}

func TestRegister_RefusesOwnAddressAsPassword(t *testing.T) {
	t.Parallel()
	c := rig.Shared(t).API(t)
	for _, password := range []func(rig.User) string{
		func(p rig.User) string { return p.Email },
		func(p rig.User) string { return strings.ToUpper(p.Email) },
		func(p rig.User) string { local, _, _ := strings.Cut(p.Email, "@"); return local },
	} {
		p := rig.NewUser()
		p.Password = password(p)
		if code := register(c, p).RefusedField("password"); code != "own_address" {
			t.Errorf("%s as the password of %s is refused with %s, want own_address", p.Password, p.Email, code)
		}
	}
}

func TestRegister_NamesEveryRefusedField(t *testing.T) {
	t.Parallel()
	p := rig.Shared(t).API(t).Post("/api/auth/register", `{"name":"","email":"nobody","password":"short"}`).Refused(422, "invalid_input")
	var got []string
	for _, e := range p.Errors {
		got = append(got, e.Field)
	}
	if diff := cmp.Diff([]string{"name", "email", "password"}, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestRegister_NamesEveryMissingField(t *testing.T) {
	t.Parallel()
	p := rig.Shared(t).API(t).Post("/api/auth/register", `{}`).Refused(422, "invalid_input")
	if len(p.Errors) != 3 {
		t.Errorf("errors = %v, want one for each of the 3 missing fields", p.Errors)
	}
}

func TestRegister_TakesAnyPasswordWithinTheRules(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	for _, password := range []string{
		"brass anchor", strings.Repeat("ключ золото ", 10), strings.Repeat("🗝️⚓🧭 ", 20),
		" leading and trailing ", strings.Repeat("a long tail behind 72 bytes ", 3) + "x",
	} {
		p := rig.NewUser()
		p.Password = password
		app.API(t).Register(p)
		app.API(t).Login(p)
		app.API(t).TryLogin(p.Email, password+"!").Refused(401, "invalid_credentials")
	}
}

func TestRegister_ComparesPasswordsBeyond72Bytes(t *testing.T) {
	t.Parallel()
	app, p := rig.Shared(t), rig.NewUser()
	stem := strings.Repeat("twelve bytes", 8)
	p.Password = stem + "A"
	app.API(t).Register(p)
	app.API(t).TryLogin(p.Email, stem+"B").Refused(401, "invalid_credentials")
	app.API(t).TryLogin(p.Email, p.Password[:72]).Refused(401, "invalid_credentials")
}

// register sends the registration of p and accepts any response.
func register(c *rig.API, p rig.User) *rig.Response {
	c.T.Helper()
	return c.Post("/api/auth/register", map[string]string{"name": p.Name, "email": p.Email, "password": p.Password})
}

// atOnce runs f n times concurrently and counts its results.
func atOnce[T comparable](n int, f func(i int) T) map[T]int {
	var mu sync.Mutex
	var done sync.WaitGroup
	results, start := map[T]int{}, make(chan struct{})
	for i := range n {
		done.Go(func() {
			<-start
			result := f(i)
			mu.Lock()
			defer mu.Unlock()
			results[result]++
		})
	}
	close(start)
	done.Wait()
	return results
}

// inTurns is atOnce with at most 20 calls at the same time. A busy machine refuses a part
// of more calls with 503, and some of these calls count against a limit and others not.
func inTurns[T comparable](n int, f func(i int) T) map[T]int {
	places := make(chan struct{}, 20)
	return atOnce(n, func(i int) T {
		places <- struct{}{}
		defer func() { <-places }()
		return f(i)
	})
}

// served returns the status of a call, which it repeats while the server is too busy: on
// a busy machine a password hash can wait longer than the server lets it wait.
func served(t testing.TB, call func() *rig.Response) (status int) {
	t.Helper()
	rig.Await(t, "a response other than 503", func() bool {
		status = call().Status
		return status != http.StatusServiceUnavailable
	})
	return status
}

func parseTime(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A transaction that needs a second connection would deadlock when other such
// transactions hold all connections.
func TestRegister_WithOneConnection(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.Env{"DB_MAX_CONNS": "1", "DB_MIN_CONNS": "0", "WORKERS": "off"})
	c, p := app.API(t), rig.NewUser()
	c.Register(p)
	c.Login(p)
}
