package journeys

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"stoa/test/rig"
	"strings"
	"testing"
)

func TestInput_NonObjectIsMalformed(t *testing.T) {
	t.Parallel()
	c := rig.Shared(t).API(t)
	for _, body := range []string{
		``, ` `, `null`, `true`, `1`, `"text"`, `[]`, `[{"email":"a","password":"b"}]`, `{`, `}`, `{"email"}`, `{"email":}`,
		`{"email":"ada@example.com","password":"x"`, `{"email":"ada@example.com","password":"x"} {}`,
		`{"email":"ada@example.com","password":"x"}x`, `{"email":"ada@example.com",}`, `{'email':'a'}`, `{email:"a"}`,
		`{"email":"a","email":"b","password":"x"}`, `// note` + "\n" + `{"email":"a","password":"b"}`, "\xef\xbb\xbf{}",
		`{"email":"tab	inside","password":"x"}`, `{"email":"a","password":"\x41"}`, strings.Repeat("[", 100_000),
		`<login/>`, "email=ada%40example.com&password=x",
	} {
		if got := c.Post("/api/auth/login", body); got.Status != 400 {
			t.Errorf("%.40q: %d, want 400\n%s", body, got.Status, got.Body)
		} else {
			got.Refused(400, "malformed_body")
		}
	}
}

func TestInput_DuplicateNamesAreMalformedHoweverWritten(t *testing.T) {
	t.Parallel()
	c := rig.Shared(t).API(t)
	c.Post("/api/auth/login", `{"password":"a","pass\u0077ord":"b","email":"ada@example.com"}`).Refused(400, "malformed_body")
}

// For any value of a field the response is a 422 that names the field, never a
// 500.
func TestInput_OddValuesAreRefusedByField(t *testing.T) {
	t.Parallel()
	c := rig.Shared(t).API(t)
	for why, value := range map[string]string{
		"huge number":      "1e999999",
		"many digits":      strings.Repeat("9", 5000),
		"minus zero":       "-0",
		"array":            `["a"]`,
		"object":           `{"a":{"b":1}}`,
		"deep array":       strings.Repeat("[", 500) + strings.Repeat("]", 500),
		"deep object":      strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500),
		"lone surrogate":   `"a\ud800b"`,
		"wrong order":      `"a\udc00\ud800b"`,
		"invalid UTF-8":    "\"a\xffb\"",
		"overlong UTF-8":   "\"a\xc0\xafb\"",
		"CESU surrogate":   "\"a\xed\xa0\x80b\"",
		"NUL":              `"a\u0000b"`,
		"only a NUL":       `"\u0000"`,
		"true":             "true",
		"null":             "null",
		"a very long text": `"` + strings.Repeat("n", 500_000) + `"`,
	} {
		p := rig.NewUser()
		got := c.Post("/api/auth/register", fmt.Sprintf(`{"name":%s,"email":%q,"password":%q}`, value, p.Email, p.Password))
		if got.Status != 422 {
			t.Errorf("%s: %d, want 422\n%.200s", why, got.Status, got.Body)
			continue
		}
		got.RefusedField("name")
	}
}

// Names inside a nested value are not reported; the field with that value is.
func TestInput_DuplicateNamesInsideAValue(t *testing.T) {
	t.Parallel()
	c := rig.Shared(t).API(t)
	c.Post("/api/auth/login", `{"email":{"a":1,"a":2},"password":"x"}`).RefusedField("email")
}

func TestInput_DeepNestingIsRefused(t *testing.T) {
	t.Parallel()
	c := rig.Shared(t).API(t)
	for _, depth := range []int{20_000, 400_000} {
		body := `{"name":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
		if got := c.Post("/api/auth/register", body); got.Status != 400 && got.Status != 422 {
			t.Errorf("%d levels: %d, want 400 or 422", depth, got.Status)
		}
	}
}

// The response to a hostile body is not many times larger than the body, and
// repeats only a bounded number of its names.
func TestInput_ManyUnknownFieldsGetAShortResponse(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&body, `,"field_%d":1`, i)
	}
	got := rig.Shared(t).API(t).Post("/api/auth/register", "{"+body.String()[1:]+"}")
	if got.Status != 422 || len(got.Body) > 16<<10 {
		t.Errorf("status %d with %d bytes, want 422 and a short body", got.Status, len(got.Body))
	}
	long := rig.Shared(t).API(t).Post("/api/auth/register", `{"`+strings.Repeat("é", 9_000)+`":1}`)
	long.Refused(422, "invalid_input")
	if len(long.Body) > 2<<10 {
		t.Errorf("the response to a long name has %d bytes, want a short one", len(long.Body))
	}
}

func TestInput_BodiesUpToAMebibyte(t *testing.T) {
	t.Parallel()
	c := rig.Shared(t).API(t)
	fill := func(size int) string { return `{"name":"` + strings.Repeat("n", size-len(`{"name":""}`)) + `"}` }
	c.Post("/api/auth/register", fill(1<<20)).Refused(422, "invalid_input")
	for _, size := range []int{1<<20 + 1, 2 << 20} {
		c.Post("/api/auth/register", fill(size)).Refused(413, "too_large")
	}
}

func TestInput_OnlyJSON(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, _ := app.RegisterAPI(t)
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, p.Email, p.Password)
	for _, kind := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"} {
		c.Post("/api/auth/login", body, rig.With("Content-Type", kind)).Is(200)
	}
	for _, kind := range []string{
		"text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
		"application/json-patch+json", "application/jsonx", "json", "",
	} {
		c.Post("/api/auth/login", body, rig.With("Content-Type", kind)).Refused(415, "unsupported_media_type")
	}
}

// The HTTP library decompresses bodies without a bound: 300 KB can become
// gigabytes. The program decompresses none.
func TestInput_CompressedBodiesAreRefused(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	c, p, _ := app.RegisterAPI(t)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	fmt.Fprintf(w, `{"email":%q,"password":%q}`, p.Email, p.Password)
	w.Close()
	for _, encoding := range []string{"gzip", "br", "deflate", "zstd", "x-gzip", "gzip, gzip", "unknown", "GZIP"} {
		c.Post("/api/auth/login", packed.String(), rig.With("Content-Encoding", encoding)).Refused(415, "unsupported_media_type")
	}
	c.Post("/api/auth/login", fmt.Sprintf(`{"email":%q,"password":%q}`, p.Email, p.Password), rig.With("Content-Encoding", "identity")).Is(200)
}

func TestInput_CallsWithoutABodyNeedNoContentType(t *testing.T) {
	t.Parallel()
	c, _, _ := rig.Shared(t).RegisterAPI(t)
	c.Get("/api/users/me").Is(200)
	c.Get("/api/users/me", rig.With("Content-Type", "text/plain")).Is(200)
	c.Post("/api/auth/logout", nil).Is(204)
}
