package emailaddr_test

import (
	"strings"
	"testing"

	"golang.org/x/net/idna"

	"stoa/domain/domaintest"
	"stoa/domain/emailaddr"
	"stoa/platform/fault"
)

func TestParseEmail(t *testing.T) {
	for _, c := range []struct{ in, want, key string }{
		{"ada@example.com", "ada@example.com", "ada@example.com"},
		{" \tada@example.com\r\n", "ada@example.com", "ada@example.com"},
		{"Ada.Lovelace@Example.COM", "Ada.Lovelace@Example.COM", "ada.lovelace@example.com"},
		{"a+b@x.co", "a+b@x.co", "a+b@x.co"},
		{"!#$%&'*+/=?^_`{|}~-@x.co", "!#$%&'*+/=?^_`{|}~-@x.co", "!#$%&'*+/=?^_`{|}~-@x.co"},
		{"ada@bücher.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"},
		{"Ada@BÜCHER.example", "Ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"},
		{"ada@bu\u0308cher.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"},
		{"ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"},
		{"ada@XN--BCHER-KVA.example", "ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"},
		{"ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah", "ada@xn--r8jz45g.xn--zckzah"},
		{"ada@例え。テスト", "ada@xn--r8jz45g.xn--zckzah", "ada@xn--r8jz45g.xn--zckzah"},
		{"ada@ｅｘａｍｐｌｅ.com", "ada@example.com", "ada@example.com"},
		{"ada@\u212aelvin.example", "ada@kelvin.example", "ada@kelvin.example"},
		{"ada@exam\u200bple.com", "ada@example.com", "ada@example.com"},
		{"\u200eada@example.com\ufeff\u200f", "ada@example.com", "ada@example.com"},
		{"\u200bada@example.com\ufe0f\u2060\u200e ", "ada@example.com", "ada@example.com"},
		{"ada@r3---sn.example", "ada@r3---sn.example", "ada@r3---sn.example"},
		{"ada@1.example", "ada@1.example", "ada@1.example"},
		{strings.Repeat("a", 64) + "@x.co", strings.Repeat("a", 64) + "@x.co", strings.Repeat("a", 64) + "@x.co"},
		{longEmail(254), longEmail(254), longEmail(254)},
	} {
		got, err := emailaddr.Parse(c.in)
		if err != nil || got.String() != c.want || got.Key() != c.key {
			t.Errorf("Parse(%q) = %q, key %q, %v, want %q, key %q", c.in, got, got.Key(), err, c.want, c.key)
		}
	}
}

// longEmail returns an address of n bytes in labels of at most 63.
func longEmail(n int) string {
	head := strings.Repeat("a", 64) + "@"
	tail := ".co"
	label := strings.Repeat("b", 59) + "."
	for len(head)+len(label)+len(tail) < n {
		head += label
	}
	return head + strings.Repeat("c", n-len(head)-len(tail)) + tail
}

func TestParseEmail_Blank(t *testing.T) { refuseEmails(t, "required", "", " \r\n") }
func TestParseEmail_TooLong(t *testing.T) {
	refuseEmails(t, "too_long", longEmail(255), "a@"+longDomain(1<<16))
}
func TestParseEmail_NoAt(t *testing.T)    { refuseEmails(t, "invalid_email", "ada", "ada.example.com") }
func TestParseEmail_NoLocal(t *testing.T) { refuseEmails(t, "invalid_email", "@example.com") }
func TestParseEmail_TwoAts(t *testing.T)  { refuseEmails(t, "invalid_email", "ada@b@example.com") }
func TestParseEmail_NUL(t *testing.T) {
	refuseEmails(t, "invalid_email", "a\x00@x.co", "a@x\x00.co", "a@x.co\x00")
}
func TestParseEmail_NotUTF8(t *testing.T) {
	refuseEmails(t, "invalid_email", "a\xff@x.co", "a@x\xff.co")
}
func TestParseEmail_Spaces(t *testing.T) {
	refuseEmails(t, "invalid_email", "a b@x.co", "a@x .co", "a @x.co", "a@ x.co")
}
func TestParseEmail_Comma(t *testing.T) {
	refuseEmails(t, "invalid_email", "a@x.co,b@y.co", "a,b@y.co", "a@x.co;b@y.co")
}
func TestParseEmail_Display(t *testing.T) {
	refuseEmails(t, "invalid_email", "Ada <a@x.co>", "<a@x.co>", "a@x.co (Ada)")
}
func TestParseEmail_Quotes(t *testing.T) {
	refuseEmails(t, "invalid_email", `"a b"@x.co`, `"a"@x.co`, `a\@b@x.co`)
}
func TestParseEmail_Dots(t *testing.T) {
	refuseEmails(t, "invalid_email", ".a@x.co", "a.@x.co", "a..b@x.co")
}
func TestParseEmail_NoDot(t *testing.T) {
	refuseEmails(t, "invalid_email", "a@localhost", "a@", "a@co")
}
func TestParseEmail_LongPart(t *testing.T) {
	refuseEmails(t, "invalid_email", strings.Repeat("a", 65)+"@x.co")
}

func TestParseEmail_LineBreak(t *testing.T) {
	refuseEmails(t, "invalid_email", "a@x.co\r\nBcc: b@y.co", "a\n@x.co", "a@x.co\nb@y.co", "a@x\r.co", "a@x.co\u2028b@y.co", "a@x.co\u0085b@y.co")
}

func TestParseEmail_UnicodeLocal(t *testing.T) {
	refuseEmails(t, "invalid_email", "\u212aelvin@x.co", "İ@x.co", "ı@x.co", "ａda@x.co", "e\u0301@x.co", "é@x.co", "a\u200b@x.co", "a＠x.co")
}

func TestParseEmail_Domain(t *testing.T) {
	refuseEmails(t, "invalid_email", "a@.x.co", "a@x..co", "a@x.co.", "a@-x.co", "a@x-.co", "a@x_y.co", "a@x.c!",
		"a@"+strings.Repeat("x", 64)+".co", "a@xn--a.co", "a@xn--.co", "a@xn--example-.co", "a@x\u200d.co", "a@x\ufffd.co", "a@x\ue000.co", "a@x\u202e.co", "a@x%2ey.co", "a@x/y.co", "a@x.co:25")
}

func TestParseEmail_IPAddress(t *testing.T) {
	refuseEmails(t, "invalid_email", "a@127.0.0.1", "a@[127.0.0.1]", "a@[IPv6:::1]", "a@::1", "a@127.1", "a@127.0.0.0x1", "a@１２７.0.0.1")
}

// What is pasted with an address is refused with a sentence that says what to do.
func TestParseEmail_SaysWhatToCorrect(t *testing.T) {
	const (
		general  = "Enter an email address, like name@example.com."
		scheme   = `Leave out "mailto:" and enter only the email address, like name@example.com.`
		brackets = "Enter only the email address, like name@example.com, without a name and brackets."
		quotes   = "Enter the email address without quotation marks."
		spaces   = "Enter only the email address, without spaces."
		letters  = "Letters before the @ must be from a to z, without accents. Enter another email address of yours."
		one      = "Enter only one email address."
	)
	hidden := func(code string) string {
		return "The email address has an invisible character (" + code + "). Type the address instead of pasting it."
	}
	last := func(mark string) string { return "Remove the " + mark + " at the end of the email address." }
	for in, want := range map[string]string{
		"mailto:ada@example.com": scheme, "MailTo:ada@example.com?subject=x": scheme, "\u200bmailto:ada@example.com": scheme,
		"<ada@example.com>": brackets, "Ada <ada@example.com>": brackets, `"Ada, L." <ada@example.com>`: brackets,
		"(ada@example.com)": brackets, "ada@example.com (Ada)": brackets, "[ada@example.com](mailto:ada@example.com)": brackets, "<ada@example.com>,": brackets,
		`"ada@example.com"`: quotes, "“ada@example.com”": quotes, "'ada@example.com'": quotes, `"a b"@example.com`: quotes,
		"ada@example.com.": last("."), "ada@example.com,": last(","), "ada@example.com;": last(";"), "ada@example.com,\u200b": last(","),
		"ada@example.com, eve@example.com": one, "ada@example.com;eve@example.com": one, "ada@example.com\r\nBcc: eve@example.com": one,
		"ada\u200b@example.com": hidden("U+200B"), "a\ufe0fda@example.com": hidden("U+FE0F"), "ada\u200e@example.com": hidden("U+200E"),
		"a\u00adda@example.com": hidden("U+00AD"), "ada@exam\u202eple.com": hidden("U+202E"), "ä\u200bda@example.com": hidden("U+200B"),
		"ada lovelace@example.com": spaces, "ada@example .com": spaces, "ada\u00a0@example.com": spaces,
		"ä@example.com": letters, "\u212aelvin@example.com": letters,
		"ada": general, "ada.": general, "@": general, "@.": general, "ada@example": general, "a..b@example.com": general, "ada@b@example.com": general,
		"a@[127.0.0.1]": general, "a\xff@example.com": general, "a\x00@example.com": general,
	} {
		_, err := emailaddr.Parse(in)
		if f := fault.As(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Code != "invalid_email" || f.Fields[0].Message != want {
			t.Errorf("Parse(%q) = %v, want %q", in, err, want)
		}
	}
}

func longDomain(n int) string { return strings.Repeat("b.", n/2) + "co" }

func refuseEmails(t *testing.T, code string, all ...string) {
	t.Helper()
	for _, in := range all {
		got, err := emailaddr.Parse(in)
		if domaintest.Refusal(err, "email") != code || got != (emailaddr.Address{}) {
			t.Errorf("Parse(%.80q) = %q, %v, want refusal %s", in, got, err, code)
		}
	}
}

// Addresses of different mailboxes that look alike must not have one key.
func TestEmailKey_LookAlikes(t *testing.T) {
	seen := map[string]string{}
	for _, in := range []string{
		"ada@i.example", "ada@ı.example", "ada@İ.example", "ada@strasse.example", "ada@straße.example",
		"ada@xn--i-7iq.example", "ada@раypal.example", "ada@paypal.example", "ada+x@i.example", "a.da@i.example",
	} {
		email, err := emailaddr.Parse(in)
		if err != nil {
			continue // a refused address has no key
		}
		if other, taken := seen[email.Key()]; taken {
			t.Errorf("Key(%q) = Key(%q) = %q, want two keys", in, other, email.Key())
		}
		seen[email.Key()] = in
	}
	if len(seen) < 8 {
		t.Errorf("only %d of the look-alikes were accepted: %v", len(seen), seen)
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, seed := range []string{
		"ada@example.com", " Ada@Example.COM ", "ada@bücher.example", "ada@xn--bcher-kva.example", "ada@bu\u0308cher.example",
		"a@x.co\r\nBcc: b@y.co", "a,b@x.co", "\u212a@x.co", "a@\u212a.co", "İ@İ.co", "a@例え。テスト", `"a b"@x.co`, "a@[127.0.0.1]", "a@faß.de", "a@xn--fa-hia.de",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		email, err := emailaddr.Parse(in)
		if err != nil {
			if domaintest.Refusal(err, "email") == "" {
				t.Fatalf("Parse(%q) = %v, want a refusal of the field", in, err)
			}
			return
		}
		checkOneMailbox(t, in, email)
		checkSpellings(t, email)
	})
}

// checkOneMailbox checks that every mail server reads the address as exactly one
// mailbox.
func checkOneMailbox(t *testing.T, in string, email emailaddr.Address) {
	s := email.String()
	if len(s) > 254 || strings.Count(s, "@") != 1 {
		t.Fatalf("Parse(%q) = %q of %d bytes", in, s, len(s))
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`,;:"()<>[]\`, r) }) {
		t.Fatalf("Parse(%q) = %q, has characters that can separate mailboxes", in, s)
	}
	local, _, _ := strings.Cut(s, "@")
	typed, _, _ := strings.Cut(in, "@")
	if !strings.HasSuffix(typed, local) {
		t.Fatalf("Parse(%q) = %q, want the local part as typed", in, s)
	}
}

// checkSpellings checks that every spelling of the address has the same key.
func checkSpellings(t *testing.T, email emailaddr.Address) {
	local, domain, _ := strings.Cut(email.Key(), "@")
	unicode, err := idna.Lookup.ToUnicode(domain)
	if err != nil {
		unicode = domain
	}
	for _, spelling := range []string{email.String(), email.Key(), strings.ToUpper(email.String()), local + "@" + unicode} {
		again, err := emailaddr.Parse(spelling)
		if err != nil || again.Key() != email.Key() {
			t.Fatalf("Parse(%q) = key %q, %v, want key %q", spelling, again.Key(), err, email.Key())
		}
	}
}
