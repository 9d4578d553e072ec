package telemetry

import (
	"bytes"
	"encoding"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible replaces control characters in messages and values of the pretty format.
// JSON escapes them, but tint does not in three cases. It writes a message
// unquoted, so a line break would begin a forged line. With colours, values keep
// their escape sequences, which move the cursor or change the window title. Without
// colours, invalid UTF-8 cuts off the rest of a value.
func visible(_ []string, a slog.Attr) slog.Attr {
	switch value := a.Value.Any().(type) {
	case slog.Level: // the level of the line, which tint colours
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

// plain replaces each control character by its symbol: a line break by U+240A, an
// escape by U+241B. Other hidden characters and invalid UTF-8 become an empty box,
// and not the usual U+FFFD, because tint cuts off values there as well.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return '\u2400' + r
		case r == 0x7f:
			return '\u2421'
		case hidden(r), r == utf8.RuneError:
			return '\u25a1'
		}
		return r
	}, s)
	// With colours, tint quotes a value and then replaces each \x1b in the quoted
	// text by an escape, including one that the input contained as text.
	return strings.ReplaceAll(s, `\x1b`, `\x1B`)
}

// hidden reports whether r is a character that encoding/json does not escape, and
// that shows nothing itself: a control character, a line separator, or a format
// character, such as those that change the direction of the text (Unicode TR 36, 2.10).
func hidden(r rune) bool {
	return r >= 0x7f && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp))
}

// visibleWriter writes lines of JSON. It replaces each hidden character by its escape
// sequence in Go, as text: the value of a field then has none after it is decoded,
// either. JSON has such characters within strings only.
type visibleWriter struct{ io.Writer }

// Write writes one line.
func (w visibleWriter) Write(line []byte) (int, error) {
	if !bytes.ContainsFunc(line, hidden) {
		return w.Writer.Write(line)
	}
	shown := make([]byte, 0, 2*len(line))
	for _, r := range string(line) {
		if hidden(r) {
			shown = append(shown, `\\`+strings.Trim(strconv.QuoteRuneToASCII(r), `'\`)...)
		} else {
			shown = utf8.AppendRune(shown, r)
		}
	}
	_, err := w.Writer.Write(shown)
	return len(line), err
}
