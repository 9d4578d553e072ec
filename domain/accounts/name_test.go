package accounts_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
)

func TestParseName(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Ada", "Ada"},
		{"  Ada Lovelace\n", "Ada Lovelace"},
		{"Ada\r\nBcc: eve@example.com", "Ada Bcc: eve@example.com"},
		{"Ada\x1b[31m\u0085\x7f", "Ada[31m"},
		{"李", "李"},
		{"محمد \u200fعلي", "محمد علي"},
		{"\u200e\u200bAda\u200b Love\u200blace\u200e", "Ada Lovelace"},
		{"👩\u200d👩\u200d👧 Rossi", "👩\u200d👩\u200d👧 Rossi"},
		{"Ada\u202eevol", "Adaevol"},
		{"Ada\u2066\u2028x", "Ada x"},
		{"Ada\tLovelace", "Ada Lovelace"},
		{"<b>Ada</b>", "<b>Ada</b>"},
		{strings.Repeat("ü", 100), strings.Repeat("ü", 100)},
		{strings.Repeat("\x01", 50) + strings.Repeat("ü", 100) + "  ", strings.Repeat("ü", 100)},
	} {
		got, err := accounts.ParseName(c.in)
		if err != nil || string(got) != c.want {
			t.Errorf("ParseName(%q) = %q, %v, want %q", c.in, got, err, c.want)
		}
	}
}

func TestParseName_Blank(t *testing.T) {
	for _, in := range []string{"", "   ", "\n\t", "\x01\x02", "\u00a0", "\u200b\u200d", "\u3164", "\u2800", "\u0301", "\u202e\u2069"} {
		refuseName(t, in, "required")
	}
}

func TestParseName_TooLong(t *testing.T) {
	refuseName(t, strings.Repeat("a", 101), "too_long")
	refuseName(t, strings.Repeat("👋", 101), "too_long")
}

func TestParseName_NUL(t *testing.T) { refuseName(t, "Ada\x00", "invalid_text") }

func TestParseName_InvalidUTF8(t *testing.T) { refuseName(t, "Ada\xff", "invalid_text") }

func refuseName(t *testing.T, in, code string) {
	t.Helper()
	got, err := accounts.ParseName(in)
	if domaintest.Refusal(err, "name") != code || got != "" {
		t.Errorf("ParseName(%q) = %q, %v, want refusal %s", in, got, err, code)
	}
}

func TestParseName_Property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "in")
		name, err := accounts.ParseName(in)
		if err != nil {
			if domaintest.Refusal(err, "name") == "" {
				t.Fatalf("ParseName(%q) = %v, want a refusal of the field", in, err)
			}
			return
		}
		if n := utf8.RuneCountInString(string(name)); n < 1 || n > 100 {
			t.Fatalf("ParseName(%q) = %q of %d characters", in, name, n)
		}
		if strings.ContainsFunc(string(name), unicode.IsControl) {
			t.Fatalf("ParseName(%q) = %q, has control characters", in, name)
		}
		if again, err := accounts.ParseName(string(name)); err != nil || again != name {
			t.Fatalf("ParseName(%q) = %q, %v, want the same again", name, again, err)
		}
	})
}
