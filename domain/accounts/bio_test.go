package accounts_test

import (
	"strings"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
)

func TestParseBio(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"a\r\nb\nc\td", "a\nb\nc\td"},
		{"a\rb\x1b[0m\x7f\u0085c", "ab[0mc"},
		{"    code\n", "    code\n"},
		{strings.Repeat("ü\r\n", 1000), strings.Repeat("ü\n", 1000)},
	} {
		got, err := accounts.ParseBio(c.in)
		if err != nil || string(got) != c.want {
			t.Errorf("ParseBio(%.40q) = %.40q, %v, want %.40q", c.in, got, err, c.want)
		}
	}
}

func TestParseBio_TooLong(t *testing.T)     { refuseBio(t, strings.Repeat("ü", 2001), "too_long") }
func TestParseBio_NUL(t *testing.T)         { refuseBio(t, "a\x00", "invalid_text") }
func TestParseBio_InvalidUTF8(t *testing.T) { refuseBio(t, "a\xc3", "invalid_text") }

// The rules of the HTML are tested in platform/markdown.
func TestBio_HTMLIsRenderedAndEscaped(t *testing.T) {
	got := string(accounts.Bio("**bold** <script>alert(1)</script>").HTML())
	if !strings.Contains(got, "<strong>bold</strong>") || strings.Contains(got, "<script") {
		t.Errorf("HTML = %q, want Markdown rendered and tags escaped", got)
	}
}

func refuseBio(t *testing.T, in, code string) {
	t.Helper()
	got, err := accounts.ParseBio(in)
	if domaintest.Refusal(err, "bio") != code || got != "" {
		t.Errorf("ParseBio(%.40q) = %.40q, %v, want refusal %s", in, got, err, code)
	}
}
