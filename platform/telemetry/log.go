// Package telemetry has the log of the program.
//
// The attributes of a request (request_id, user_id) are in the context and on every
// line that is logged with it.
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

// LoggerConfig has the output and the options of a logger.
type LoggerConfig struct {
	Writer io.Writer
	Format string     // "pretty": readable text, coloured on a terminal; else JSON
	Level  slog.Level // lines below it are dropped
}

// NewLogger returns a logger that writes one line per event, with times in UTC. In
// neither format can input end a line early, send control characters to the
// terminal, or change the direction of the text behind it.
func NewLogger(c LoggerConfig) *slog.Logger {
	if c.Format == "pretty" {
		return slog.New(requestHandler{pretty(c.Writer, c.Level, isTerminal(c.Writer))})
	}
	return slog.New(requestHandler{slog.NewJSONHandler(visibleWriter{c.Writer}, &slog.HandlerOptions{Level: c.Level})})
}

func pretty(w io.Writer, level slog.Level, colour bool) slog.Handler {
	return tint.NewTextHandler(w, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: !colour, ReplaceAttr: visible})
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

type attrsKey struct{}

// With returns a context that adds attrs to its log lines. An attribute replaces an
// earlier one of the same key.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	var all []slog.Attr
	for _, old := range Attrs(ctx) {
		if !hasKey(attrs, old.Key) {
			all = append(all, old)
		}
	}
	return context.WithValue(ctx, attrsKey{}, append(all, attrs...))
}

// Attrs returns the attributes of the log lines of the context.
func Attrs(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	return attrs
}

// Values returns the same attributes as text, by key.
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

// Handle writes the line with its time in UTC and the attributes of ctx at the end.
func (h requestHandler) Handle(ctx context.Context, r slog.Record) error {
	r.Time = r.Time.UTC()
	if attrs := Attrs(ctx); attrs != nil {
		r = r.Clone() // copies of a record share its attributes
		r.AddAttrs(attrs...)
	}
	return h.next.Handle(ctx, r)
}

// WithAttrs returns a handler that adds attrs to each line.
func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.next.WithAttrs(attrs)}
}

// WithGroup returns a handler that puts all further attributes, including those of
// the context, into a group.
func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.next.WithGroup(name)}
}
