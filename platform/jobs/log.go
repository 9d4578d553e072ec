package jobs

import (
	"context"
	"log/slog"
	"strings"
)

// logger is for River's own lines: only those that an operator can do something
// about. Of the jobs themselves we write ours.
func logger() *slog.Logger { return slog.New(faults{slog.Default().Handler()}) }

// faults drops the lines below errors, and those that River calls errors and
// nobody can do anything about: that work was cut off, by a stop or the end of
// a request, and that a leader who leaves did not get to say so, whose term ends
// all the same.
type faults struct{ slog.Handler }

// Enabled reports whether lines of the level are written.
func (f faults) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && f.Handler.Enabled(ctx, level)
}

// Handle writes the line of a fault.
func (f faults) Handle(ctx context.Context, line slog.Record) error {
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

// WithAttrs keeps the rule.
func (f faults) WithAttrs(attrs []slog.Attr) slog.Handler {
	return faults{f.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the rule.
func (f faults) WithGroup(name string) slog.Handler { return faults{f.Handler.WithGroup(name)} }
