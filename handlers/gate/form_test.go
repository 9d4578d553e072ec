package gate

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"stoa/platform/fault"
)

// posted is what a handler read from a form, and what it shows again.
type posted struct {
	Title   string
	Public  bool
	Kinds   []string
	Rank    int
	Places  *int
	Ratio   float64
	Due     time.Time
	Until   *time.Time
	Typed   string // of rank
	Refused string
}

// post sends the fields to a handler, urlencoded and as multipart, and returns what
// it read.
func post(t *testing.T, fields url.Values) posted {
	t.Helper()
	var got posted
	app := fiber.New(fiber.Config{Immutable: true})
	app.Post("/", func(c *fiber.Ctx) error {
		form := ReadForm(c)
		got = posted{
			Title: Field(c, "title"), Public: Checked(c, "public"), Kinds: Fields(c, "kind"),
			Rank: form.Int("rank"), Places: form.OptionalInt("places"), Ratio: form.Float("ratio"),
			Due: form.Time("due"), Until: form.OptionalTime("until"), Typed: Field(c, "rank"),
		}
		if f := fault.As(form.Join(nil)); f != nil {
			got.Refused = strings.TrimPrefix(f.Error(), "invalid_input ")
		}
		return nil
	})
	encoded := httptest.NewRequest(http.MethodPost, "/?title=x&rank=7&public=on", strings.NewReader(fields.Encode()))
	encoded.Header.Set("Content-Type", fiber.MIMEApplicationForm)
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for name, values := range fields {
		for _, value := range values {
			if err := parts.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	multi := httptest.NewRequest(http.MethodPost, "/?title=x&rank=7&public=on", &body)
	multi.Header.Set("Content-Type", parts.FormDataContentType())
	for _, r := range []*http.Request{multi, encoded} {
		before := got
		if _, err := app.Test(r, -1); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, got); r == encoded && diff != "" {
			t.Errorf("the same form as multipart and urlencoded (-multipart +urlencoded):\n%s", diff)
		}
	}
	return got
}

func TestForm_EveryType(t *testing.T) {
	t.Parallel()
	places, due := 40, time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	until := due.Add(15 * time.Second)
	got := post(t, url.Values{
		"title": {" A title "}, "public": {"on"}, "kind": {"red", " ", "blue"}, "rank": {" -12 "}, "places": {"40"}, "ratio": {"1.5"},
		"due": {"2026-03-01T09:30"}, "until": {"2026-03-01T09:30:15"},
	})
	want := posted{
		Title: " A title ", Public: true, Kinds: []string{"red", "blue"}, Rank: -12, Places: &places, Ratio: 1.5, Due: due, Until: &until, Typed: " -12 ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestForm_Blank(t *testing.T) {
	t.Parallel()
	want := posted{Typed: " ", Refused: "rank:required ratio:required due:required"}
	if diff := cmp.Diff(want, post(t, url.Values{"rank": {" "}})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestForm_Refused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ field, value, want string }{
		{"rank", "12a", "rank:wrong_type"},
		{"rank", "1.0", "rank:wrong_type"},
		{"rank", "9223372036854775808", "rank:out_of_range"},
		{"places", "many", "places:wrong_type"},
		{"ratio", "1,5", "ratio:wrong_type"},
		{"ratio", "NaN", "ratio:wrong_type"},
		{"ratio", "-Inf", "ratio:wrong_type"},
		{"ratio", "1e999", "ratio:out_of_range"},
		{"due", "2026-02-30T09:30", "due:wrong_type"},
		{"until", "tomorrow", "until:wrong_type"},
	} {
		fields := url.Values{"rank": {"1"}, "ratio": {"1"}, "due": {"2026-03-01T09:30"}}
		fields.Set(tt.field, tt.value)
		if got := post(t, fields); got.Refused != tt.want || got.Typed != fields.Get("rank") {
			t.Errorf("%s %q: refused %q, rank as typed %q; want %q", tt.field, tt.value, got.Refused, got.Typed, tt.want)
		}
	}
}

// A page shows the refusals of the form and of the domain together.
func TestForm_Join(t *testing.T) {
	t.Parallel()
	app := fiber.New()
	missing := fault.NoSuch("bookmark")
	domain := fault.Join(fault.InvalidField("title", "required", "Enter the title."), fault.InvalidField("rank", "out_of_range", "Enter a number from 1 to 10."))
	app.Post("/", func(c *fiber.Ctx) error {
		form := ReadForm(c)
		form.Int("rank")
		form.OptionalInt("places")
		if err := form.Join(domain); err == nil || err.Error() != "invalid_input title:required rank:wrong_type places:wrong_type" {
			t.Errorf("Join = %v", err)
		}
		if err := form.Join(missing); !errors.Is(err, missing) {
			t.Errorf("Join of another fault = %v", err)
		}
		if err := ReadForm(c).Join(nil); err != nil {
			t.Errorf("Join without a refusal = %v", err)
		}
		return nil
	})
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("rank=seven&places=many"))
	r.Header.Set("Content-Type", fiber.MIMEApplicationForm)
	if _, err := app.Test(r, -1); err != nil {
		t.Fatal(err)
	}
}
