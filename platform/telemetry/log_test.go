package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

func request() context.Context {
	ctx := With(context.Background(), slog.String("request_id", "req-1"))
	return With(ctx, slog.String("user_id", "user-1"))
}

func TestNewLogger_RequestAttributesStandOnEveryLine(t *testing.T) {
	t.Parallel()
	for format, want := range map[string][]string{
		"pretty": {"request_id=req-1", "user_id=user-1", "path=/x", "part=mail"},
		"json":   {`"request_id":"req-1"`, `"user_id":"user-1"`, `"path":"/x"`, `"part":"mail"`},
	} {
		var out bytes.Buffer
		log := NewLogger(LoggerConfig{Writer: &out, Format: format, Level: slog.LevelInfo}).With("part", "mail")
		log.InfoContext(request(), "served", "path", "/x")
		log.ErrorContext(request(), "failed", "path", "/x")
		log.InfoContext(context.Background(), "started")
		lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
		if len(lines) != 3 {
			t.Fatalf("%s: %d lines, want 3:\n%s", format, len(lines), out.String())
		}
		for _, line := range lines[:2] {
			for _, part := range want {
				if !strings.Contains(line, part) {
					t.Fatalf("%s: %q lacks %q", format, line, part)
				}
			}
		}
		if strings.Contains(lines[2], "req-1") {
			t.Fatalf("%s: %q has the attributes of another request", format, lines[2])
		}
	}
}

func TestWith_NewValueReplacesTheOldOne(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	outer := request()
	inner := With(outer, slog.String("user_id", "user-2"))
	log := NewLogger(LoggerConfig{Writer: &out, Format: "json", Level: slog.LevelInfo})
	log.InfoContext(inner, "inner")
	log.InfoContext(outer, "outer")
	lines := strings.Split(out.String(), "\n")
	if strings.Count(lines[0], "user_id") != 1 || !strings.Contains(lines[0], "user-2") || !strings.Contains(lines[1], "user-1") {
		t.Fatalf("lines:\n%s", out.String())
	}
}

func TestNewLogger_LevelAndTime(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := NewLogger(LoggerConfig{Writer: &out, Format: "json", Level: slog.LevelWarn})
	log.Info("dropped")
	log.Warn("kept")
	var line struct {
		Time time.Time `json:"time"`
		Msg  string    `json:"msg"`
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line.Msg != "kept" || !strings.Contains(out.String(), `Z","level":"WARN"`) {
		t.Fatalf("%v, line %q; want one line with its time in UTC", err, out.String())
	}
}

// For any message and any value, one event is one line, the terminal receives no
// control character, and JSON stays valid.
func TestNewLogger_InputForgesNothing(t *testing.T) {
	t.Parallel()
	const hostile = "a\nINF forged request_id=x \x1b[2J \\x1b[31m \u202e\u2066\u200f\u061c\u2028\u0085\x7f\U000e0041\xff end"
	colours := func(out *bytes.Buffer) *slog.Logger {
		return slog.New(requestHandler{pretty(out, slog.LevelInfo, true)})
	}
	plainText := func(out *bytes.Buffer) *slog.Logger {
		return NewLogger(LoggerConfig{Writer: out, Format: "pretty", Level: slog.LevelInfo})
	}
	asJSON := func(out *bytes.Buffer) *slog.Logger {
		return NewLogger(LoggerConfig{Writer: out, Format: "json", Level: slog.LevelInfo})
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.Just(hostile), rapid.String(), rapid.StringMatching(`[\x1b\\x1b \n\r=a"]*`)).Draw(t, "text")
		for name, logger := range map[string]func(*bytes.Buffer) *slog.Logger{"colours": colours, "plain": plainText, "json": asJSON} {
			var out bytes.Buffer
			logger(&out).InfoContext(With(context.Background(), slog.String("agent", text)), text, "value", text, "error", errors.New(text), "list", []string{text}, "any", struct{ A string }{text}, "group", slog.GroupValue(slog.String("in", text)))
			line := out.String()
			if name == "colours" {
				line = withoutOwnColours(line)
			}
			if i := strings.IndexFunc(line[:len(line)-1], func(r rune) bool {
				return r < ' ' || r >= 0x7f && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
			}); i >= 0 || line[len(line)-1] != '\n' {
				t.Fatalf("%s: control character at %d of %q", name, i, line)
			}
			if name == "json" && !json.Valid(out.Bytes()) {
				t.Fatalf("not JSON: %q", line)
			}
		}
	})
}

// A decoded line has no hidden character either, whatever kind of value it was in.
func TestNewLogger_HiddenCharactersInJSON(t *testing.T) {
	t.Parallel()
	const text = "/a\u202eb\u2066\u200f\u061c\u0085\x7f\U000e0041\u00e9 \\u202e"
	const want = `/a\u202eb\u2066\u200f\u061c\u0085\x7f\U000e0041é \u202e`
	var out bytes.Buffer
	NewLogger(LoggerConfig{Writer: &out, Format: "json", Level: slog.LevelInfo}).Info(text, "path", text, "error", errors.New(text), "any", map[string]string{"in": text})
	var line struct {
		Msg, Path, Error string
		Any              map[string]string
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{line.Msg, line.Path, line.Error, line.Any["in"]} {
		if got != want {
			t.Errorf("the log has %q, want %q", got, want)
		}
	}
}

// withoutOwnColours removes the escape sequences that tint writes around words.
func withoutOwnColours(line string) string {
	return strings.NewReplacer("\x1b[0m", "", "\x1b[2m", "", "\x1b[22m", "", "\x1b[92m", "").Replace(line)
}

func TestNewLogger_PrettyShowsValuesWhole(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	NewLogger(LoggerConfig{Writer: &out, Format: "pretty", Level: slog.LevelInfo}).Info("line\nbreak", "bad", "a\xffb", "addr", netip.MustParseAddr("::1"), "took", 3*time.Millisecond, "n", 7, "err", fmt.Errorf("x: %w", errors.ErrUnsupported))
	for _, want := range []string{"INF line\u240abreak ", "bad=a\u25a1b ", "addr=::1", "took=3ms", "n=7", `err="x: unsupported operation"`} {
		if !strings.Contains(out.String(), want) {
			t.Fatalf("%q lacks %q", out.String(), want)
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Fatalf("%q has colours, want none outside a terminal", out.String())
	}
}

func TestStack_BeginsWhereThePanicWas(t *testing.T) {
	t.Parallel()
	var stack []string
	func() {
		defer func() {
			_ = recover()
			stack, _ = Stack().Value.Any().([]string)
		}()
		explode()
	}()
	if len(stack) == 0 || !strings.HasPrefix(stack[0], "stoa/platform/telemetry.explode telemetry/log_test.go:") {
		t.Fatalf("stack = %q, want explode first", stack)
	}
}

//go:noinline
func explode() { panic("lost") }
