package telemetry

import (
	"encoding"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible makes what people read in a terminal plain text. The pretty format
// needs it in three places (JSON escapes by itself): a message is written
// unquoted, so a line break in it would begin a forged line; with colours,
// values keep their escape sequences, which move the cursor or retitle the
// window; without, invalid UTF-8 cuts off the rest of a value.
func visible(_ []string, a slog.Attr) slog.Attr {
	switch value := a.Value.Any().(type) {
	case slog.Level: // the line's own, coloured by its level
	case string:
		a.Value = slog.StringValue(plain(value))
	case []string:
		a.Value = slog.StringValue(plain(strings.Join(value, " < ")))
	case error:
		a.Value = slog.StringValue(plain(value.Error()))
	case encoding.TextMarshaler:
		if a.Value.Kind() == slog.KindAny {
			text, err := value.MarshalText()
			a.Value = slog.StringValue(plain(string(text) + errorText(err)))
		}
	default:
		if a.Value.Kind() == slog.KindAny {
			a.Value = slog.StringValue(plain(fmt.Sprintf("%+v", value)))
		}
	}
	return a
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return "!ERROR " + err.Error()
}

// plain shows each control character as a sign: a line break as U+240A, an
// escape as U+241B. Signs that change the direction of writing, line
// separators and broken UTF-8 become an empty box; not the usual U+FFFD,
// because tint cuts a value off there too.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return '\u2400' + r
		case r == 0x7f:
			return '\u2421'
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029', r == utf8.RuneError:
			return '\u25a1'
		}
		return r
	}, s)
	// tint, colouring, quotes a value and then turns each \x1b in the quoted
	// text into an escape: also one that the input spelled out.
	return strings.ReplaceAll(s, `\x1b`, `\x1B`)
}
