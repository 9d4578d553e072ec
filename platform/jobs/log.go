package jobs

import (
	"context"
	"log/slog"
	"strings"
)

// logger returns the logger for River: it writes only errors that an operator can
// act on. This package logs the jobs itself.
func logger() *slog.Logger { return slog.New(errorFilter{slog.Default().Handler()}) }

// errorFilter drops lines below the error level and two harmless errors of River. A
// context is cancelled by a stop or at the end of a request. A leader that could not
// resign loses its leadership anyway, because its term expires.
type errorFilter struct{ slog.Handler }

// Enabled reports whether lines of the level are written.
func (f errorFilter) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && f.Handler.Enabled(ctx, level)
}

// Handle writes the line unless the error is harmless.
func (f errorFilter) Handle(ctx context.Context, line slog.Record) error {
	harmless := strings.HasSuffix(line.Message, "attempting to resign")
	line.Attrs(func(attr slog.Attr) bool {
		harmless = harmless || strings.HasSuffix(attr.Value.String(), context.Canceled.Error())
		return !harmless
	})
	if harmless {
		return nil
	}
	return f.Handler.Handle(ctx, line)
}

// WithAttrs keeps the filter.
func (f errorFilter) WithAttrs(attrs []slog.Attr) slog.Handler {
	return errorFilter{f.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the filter.
func (f errorFilter) WithGroup(name string) slog.Handler {
	return errorFilter{f.Handler.WithGroup(name)}
}
