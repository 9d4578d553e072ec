package passwords_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stoa/domain/domaintest"
	"stoa/domain/emailaddr"
	"stoa/domain/passwords"
)

var rules = passwords.Rules{MinLength: 12, Blocklist: true, Product: "Stoa"}

var ada = email("Ada.Lovelace@bücher.example")

func email(s string) emailaddr.Address {
	e, err := emailaddr.Parse(s)
	if err != nil {
		panic(err)
	}
	return e
}

func TestCheckPassword(t *testing.T) {
	for _, password := range []string{
		"tracking harbour violet", "Violet-Harbour-7", "  leading and trailing  ", "correct horse battery staple",
		"пароль из многих слов", "長い長い長い合言葉を選ぶ", "🐘🐘🦒🦒🐘🦓🐘🦒🦒🐘🦓🦁", "a\tb\nc\x01d\u0085e f g",
		strings.Repeat("violet hills ", 10)[:128], strings.Repeat("ü", 64) + strings.Repeat("é", 64),
		"847362518364", "98712365044620", "iloveStoaAndAllItsHalls", "lovelace writes programs", "abcdefghij is where I start",
		"monkeys wear glasses", "qwertz und mehr davon", "日本4829170385", "Password, but with words",
	} {
		if err := rules.Check(password, ada); err != nil {
			t.Errorf("Check(%q) = %v, want nil", password, err)
		}
	}
}

func TestCheckPassword_Blank(t *testing.T) { refusePasswords(t, "required", "") }
func TestCheckPassword_TooShort(t *testing.T) {
	refusePasswords(t, "too_short", "violet hall", "éééééééé", " ")
}
func TestCheckPassword_TooLong(t *testing.T) {
	refusePasswords(t, "too_long", strings.Repeat("violet hills ", 10)[:129], strings.Repeat("ü", 129), strings.Repeat("x", 1<<20))
}
func TestCheckPassword_NUL(t *testing.T) {
	refusePasswords(t, "invalid_text", "violet\x00harbour wall")
}
func TestCheckPassword_InvalidUTF8(t *testing.T) {
	refusePasswords(t, "invalid_text", "violet harbour \xff")
}

func TestCheckPassword_Common(t *testing.T) {
	refusePasswords(t, "too_common", "unbelievable", "Administrator", "1qaz2wsx3edc", "Q1W2E3R4T5Y6", "correcthorsebatterystaple")
}

func TestCheckPassword_CommonPadded(t *testing.T) {
	refusePasswords(t, "too_common", "password1234", "1234password", "12Password3456", "PASSWORD0000", "iloveyou2026", "p@ssw0rd2026", "000000dragon1", "030219795382", "538203021980", "sunshine99999999")
}

func TestCheckPassword_CommonRepeated(t *testing.T) {
	refusePasswords(t, "too_common", "passwordpassword", "abc123abc123", "qwertyqwerty", "QwertyQWERTY", "dragondragondragon", "monkey99monkey99", "monkeymonkey2026", "1234password1234password")
}

func TestCheckPassword_Pattern(t *testing.T) {
	refusePasswords(t, "too_common", "aaaaaaaaaaaa", "ÄÄÄÄÄÄÄÄÄÄÄÄ", "121212121212", "abababababab", "xyzxyzxyzxyz", "🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘",
		"123456789012", "210987654321", "abcdefghijkl", "zyxwvutsrqpo", "qwertyuiopas", "poiuytrew1234", "abcdefgh2026", "            ",
		strings.Repeat("1234567890", 12), strings.Repeat("a", 128), strings.Repeat("1", 128), strings.Repeat("12", 64))
}

func TestCheckPassword_Product(t *testing.T) {
	refusePasswords(t, "product_name", "stoastoastoa", "stoa12345678", "STOA20262026", "2026StoaStoa", "stoa1stoa1stoa1")
}

func TestCheckPassword_OwnAddress(t *testing.T) {
	refusePasswords(t, "own_address", "Ada.Lovelace@bücher.example", "ada.lovelace@xn--bcher-kva.example", "ADA.LOVELACE@BÜCHER.EXAMPLE",
		"ada.lovelace", "Ada.Lovelace1815", "1815ada.lovelace", "ada.lovelaceAda.Lovelace", "ada.lovelace@xn--bcher-kva.example1")
}

func TestCheckPassword_NoAddress(t *testing.T) {
	if err := rules.Check("ada.lovelace", emailaddr.Address{}); err != nil {
		t.Errorf("Check(ada.lovelace) without an address = %v, want nil", err)
	}
	refused := rules.Check("passwordpassword", emailaddr.Address{})
	if domaintest.Refusal(refused, "password") != "too_common" {
		t.Errorf("Check(passwordpassword) without an address = %v, want too_common", refused)
	}
}

// A local part of one letter must not refuse every password with that letter.
func TestCheckPassword_ShortAddress(t *testing.T) {
	if err := rules.Check("x84736251836", email("x@example.com")); err != nil {
		t.Errorf("Check = %v, want nil", err)
	}
}

func TestCheckPassword_BlocklistOff(t *testing.T) {
	off := passwords.Rules{MinLength: 12, Product: "Stoa"}
	for _, password := range []string{"password1234", "stoastoastoa", "ada.lovelace", "aaaaaaaaaaaa"} {
		if err := off.Check(password, ada); err != nil {
			t.Errorf("Check(%q) without the list = %v, want nil", password, err)
		}
	}
	if got := domaintest.Refusal(off.Check("password", ada), "password"); got != "too_short" {
		t.Errorf("Check(password) without the list = %q, want too_short", got)
	}
}

func TestCheckPassword_MinLength(t *testing.T) {
	for _, c := range []struct {
		least    int
		password string
		want     string
	}{
		{8, "violet h", ""}, {8, "violet ", "too_short"}, {8, "ünïcödé!", ""},
		{8, "password", "too_common"}, {8, "trustno1", "too_common"}, {8, "dragon12", "too_common"},
		{64, strings.Repeat("violet h", 7) + "ill over", ""}, {64, strings.Repeat("violet h", 7) + "ill ove", "too_short"},
	} {
		r := passwords.Rules{MinLength: c.least, Blocklist: true, Product: "Stoa"}
		if got := domaintest.Refusal(r.Check(c.password, ada), "password"); got != c.want {
			t.Errorf("Check(%q) with at least %d = %q, want %q", c.password, c.least, got, c.want)
		}
	}
}

func refusePasswords(t *testing.T, code string, all ...string) {
	t.Helper()
	for _, password := range all {
		if err := rules.Check(password, ada); domaintest.Refusal(err, "password") != code {
			t.Errorf("Check(%.80q) = %v, want %s", password, err, code)
		}
	}
}

// A common password is also refused with digits around it, in upper case, and
// repeated.
func TestCheckPassword_Property(t *testing.T) {
	word := rapid.SampledFrom([]string{"password", "dragon", "letmein", "iloveyou", "qwerty", "administrator", "trustno1", "p@ssw0rd", "football"})
	digits := rapid.StringMatching("[0-9]{6,12}")
	rapid.Check(t, func(t *rapid.T) {
		padded := word.Draw(t, "word") + digits.Draw(t, "behind")
		if rapid.Bool().Draw(t, "front") {
			padded = digits.Draw(t, "in front") + padded
		}
		for _, password := range []string{padded, strings.ToUpper(padded), padded + padded} {
			if got := domaintest.Refusal(rules.Check(password, ada), "password"); got != "too_common" {
				t.Fatalf("Check(%q) = %q, want too_common", password, got)
			}
		}
	})
}

// Check returns nil or a fault of the field for every text.
func TestCheckPassword_AnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.String().Draw(t, "password")
		if err := rules.Check(password, ada); err != nil && domaintest.Refusal(err, "password") == "" {
			t.Fatalf("Check(%q) = %v", password, err)
		}
	})
}

func BenchmarkCheckPassword(b *testing.B) {
	for name, password := range map[string]string{
		"words": "tracking harbour violet", "digits": strings.Repeat("3141592653589793", 8)[:127] + "x", "padded": strings.Repeat("9", 63) + "xy" + strings.Repeat("9", 63),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_ = rules.Check(password, ada)
			}
		})
	}
}
