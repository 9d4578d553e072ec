package jobs

import (
	"context"
	"log/slog"
	"strings"
)

// logger is for River's own lines: only those that an operator can do something
// about. Of the jobs themselves we write ours.
func logger() *slog.Logger { return slog.New(faults{slog.Default().Handler()}) }

// faults drops the lines below errors, and those that only tell that work was
// cut off: a stop does that, and the end of a request, and River calls it an
// error.
type faults struct{ slog.Handler }

// Enabled reports whether lines of the level are written.
func (f faults) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && f.Handler.Enabled(ctx, level)
}

// Handle writes the line, unless it tells of a cancellation.
func (f faults) Handle(ctx context.Context, line slog.Record) error {
	cancelled := false
	line.Attrs(func(attr slog.Attr) bool {
		cancelled = strings.HasSuffix(attr.Value.String(), context.Canceled.Error())
		return !cancelled
	})
	if cancelled {
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
