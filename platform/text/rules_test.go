package text_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stoa/platform/fault"
	"stoa/platform/text"
)

// refusal returns the refused fields as "name code: message".
func refusal(err error) string {
	f := fault.As(err)
	if f == nil {
		return ""
	}
	var list []string
	for _, field := range f.Fields {
		list = append(list, field.Name+" "+field.Code+": "+field.Message)
	}
	return strings.Join(list, "\n")
}

var (
	title = text.Rule{Field: "title", Noun: "the title", Max: 20}
	note  = text.Rule{Field: "note", Noun: "the note", Max: 2000, Lines: true, Optional: true}
)

func TestRule_Parse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule     text.Rule
		in, want string
	}{
		{title, "  Notes\r\n on\u202e\x1b engines ", "Notes on engines"},
		{title, strings.Repeat("ü", 20), strings.Repeat("ü", 20)},
		{title, "👩\u200d👩\u200d👧 محمد", "👩\u200d👩\u200d👧 محمد"},
		{title, "\u200e\u200bAda\ufeff \u200eLove\u200blace\u2060\u200f\u200b", "Ada Lovelace"},
		{title, "\u200dAda\u200d\ufe0f Love\u00adla\u200cce\U000e0041", "Ada Lovelace"},
		{title, "Ada \u200b", "Ada"},
		{title, "علی\u200cرضا\u200f", "علی\u200cرضا"},                 // Persian needs the non-joiner
		{title, "هِ\u200cما", "هِ\u200cما"},                           // after a vowel sign, too
		{title, "ශ්\u200dරී", "ශ්\u200dරී"},                           // Sinhala
		{title, "രാജന്\u200d നായര്\u200d", "രാജന്\u200d നായര്\u200d"}, // Malayalam, at the end of a word
		{title, "葛\U000e0100城", "葛\U000e0100城"},                       // the form of an ideograph
		{title, "❤\ufe0f\u200d🔥 👩🏽\u200d🚀 1\ufe0f⃣ ☀\ufe0f", "❤\ufe0f\u200d🔥 👩🏽\u200d🚀 1\ufe0f⃣ ☀\ufe0f"},
		{title, "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"},
		{title, "👩\u200d 🌿\u200d\u200b", "👩 🌿"},
		{title, "علی\u200c\u200c\u200cرضا", "علی\u200cرضا"},
		{note, "ไทย\u200bไทย", "ไทย\u200bไทย"}, // several lines may break there
		{note, "a\r\nb\tc\x07\n", "a\nb\tc\n"},
		{note, "    code", "    code"},
		{note, " \r\n\u200b ", ""},
		{text.Rule{Field: "title", Max: 20, Optional: true}, " ", ""},
	} {
		if got, err := tt.rule.Parse(tt.in); err != nil || got != tt.want {
			t.Errorf("%s: Parse(%q) = %q, %v; want %q", tt.rule.Field, tt.in, got, err, tt.want)
		}
	}
}

func TestRule_Refusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule     text.Rule
		in, want string
	}{
		{title, "", "title required: Enter the title."},
		{title, " \u200b\u3164\n", "title required: Enter the title."},
		{title, strings.Repeat("ü", 21), "title too_long: Shorten the title to 20 characters or fewer. It has 21."},
		{title, "a\x00", "title invalid_text: Enter the title as text."},
		{title, "a\xff", "title invalid_text: Enter the title as text."},
		{note, strings.Repeat("é\r\n", 1100), "note too_long: Shorten the note to 2,000 characters or fewer. It has 2,200."},
	} {
		if got, err := tt.rule.Parse(tt.in); refusal(err) != tt.want || got != "" {
			t.Errorf("Parse(%.30q) = %q, %q; want %q", tt.in, got, refusal(err), tt.want)
		}
	}
}

func TestRule_ParseAll(t *testing.T) {
	t.Parallel()
	tag := text.Rule{Field: "tags", Noun: "the tag", Max: 3}
	got, err := tag.ParseAll([]string{" a ", "b"}, 2)
	if diff := cmp.Diff([]string{"a", "b"}, got); err != nil || diff != "" {
		t.Errorf("ParseAll: %v (-want +got)\n%s", err, diff)
	}
	for want, list := range map[string][]string{
		"tags[1] required: Enter the tag.\ntags[2] too_long: Shorten the tag to 3 characters or fewer. It has 4.": {"a", "", "long"},
		"tags too_many: Enter at most 3. There are 4.":                                                            {"a", "b", "c", "d"},
	} {
		if _, err := tag.ParseAll(list, 3); refusal(err) != want {
			t.Errorf("ParseAll(%q) = %q, want %q", list, refusal(err), want)
		}
	}
}

func TestParseURL(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"https://example.com", "HTTP://example.com:8080/a?b=c#d", "https://münchen.example/straße", "http://[::1]/"} {
		if got, err := text.ParseURL("url", " "+in+"\n"); err != nil || got != in {
			t.Errorf("ParseURL(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"example.com", "/a", "//example.com", "javascript:alert(1)", "data:text/html,x", "ftp://example.com", "https://", "https:///a", "https:example.com",
		"https://bank.example@evil.example/", `https://evil.example\@bank.example`, "https://exa mple.com", "https://example.com/a b", "https://:80/",
	} {
		if got, err := text.ParseURL("url", in); refusal(err) != "url invalid_url: Enter the URL of a web page, like https://example.com/page." {
			t.Errorf("ParseURL(%q) = %q, %q; want it refused", in, got, refusal(err))
		}
	}
	for in, want := range map[string]string{
		"":                                       "url required: Enter the URL.",
		"https://a/" + strings.Repeat("a", 2039): "url too_long: Shorten the URL to 2,048 characters or fewer. It has 2,049.",
	} {
		if _, err := text.ParseURL("url", in); refusal(err) != want {
			t.Errorf("ParseURL(%.20q) = %q, want %q", in, refusal(err), want)
		}
	}
}

func TestOneOf(t *testing.T) {
	t.Parallel()
	type kind string
	for in, want := range map[string]string{
		"week": "", "Week": "every invalid_choice: Choose one of these: week, month.", "": "every required: Choose one of these: week, month.",
	} {
		if got, err := text.OneOf[kind]("every", in, "week", "month"); refusal(err) != want || err == nil && got != kind(in) {
			t.Errorf("OneOf(%q) = %q, %q; want %q", in, got, refusal(err), want)
		}
	}
}

func TestInRange(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{1: "", 10: "", 0: "rank out_of_range: Enter a number from 1 to 10.", 11: "rank out_of_range: Enter a number from 1 to 10."} {
		if got := refusal(text.InRange("rank", n, 1, 10)); got != want {
			t.Errorf("InRange(%d) = %q, want %q", n, got, want)
		}
	}
	if got := refusal(text.InRange("share", math.NaN(), 0.5, 1)); got != "share out_of_range: Enter a number from 0.5 to 1." {
		t.Errorf("InRange(NaN) = %q", got)
	}
}
