// Package telemetry is how the program can be seen from outside: its log.
//
// Attributes that belong to a request (request_id, user_id) travel in the
// context and stand on every line that is logged with it.
package telemetry

import (
	"context"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

// NewLogger returns a logger of one line per event: format "pretty" for
// people, coloured when w is a terminal, anything else is JSON with times in
// UTC. Lines below level are dropped. No input can end a line early or write
// to the terminal, in either format.
func NewLogger(w io.Writer, format string, level slog.Level) *slog.Logger {
	if format == "pretty" {
		return slog.New(requestHandler{pretty(w, level, isTerminal(w))})
	}
	return slog.New(requestHandler{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})})
}

func pretty(w io.Writer, level slog.Level, colour bool) slog.Handler {
	return tint.NewTextHandler(w, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: !colour, ReplaceAttr: visible})
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

type attrsKey struct{}

// With returns a context whose log lines carry attrs too. An attribute of a
// key that is there already takes its place.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	var all []slog.Attr
	for _, old := range Attrs(ctx) {
		if !hasKey(attrs, old.Key) {
			all = append(all, old)
		}
	}
	return context.WithValue(ctx, attrsKey{}, append(all, attrs...))
}

// Attrs returns what the log lines of the context carry.
func Attrs(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	return attrs
}

// Values returns the same as text, by name.
func Values(ctx context.Context) map[string]string {
	values := map[string]string{}
	for _, attr := range Attrs(ctx) {
		values[attr.Key] = attr.Value.String()
	}
	return values
}

func hasKey(attrs []slog.Attr, key string) bool {
	for _, a := range attrs {
		if a.Key == key {
			return true
		}
	}
	return false
}

// requestHandler adds the attributes of the context to each line.
type requestHandler struct{ next slog.Handler }

// Enabled reports whether lines of the level are written.
func (h requestHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle writes the line, its time in UTC, with the attributes of ctx at its
// end.
func (h requestHandler) Handle(ctx context.Context, r slog.Record) error {
	r.Time = r.Time.UTC()
	if attrs := Attrs(ctx); attrs != nil {
		r = r.Clone() // the record's attributes are shared between its copies
		r.AddAttrs(attrs...)
	}
	return h.next.Handle(ctx, r)
}

// WithAttrs returns a handler whose lines carry attrs.
func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.next.WithAttrs(attrs)}
}

// WithGroup returns a handler that puts what follows, the attributes of the
// context included, into a group.
func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.next.WithGroup(name)}
}
