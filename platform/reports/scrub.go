package reports

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/getsentry/sentry-go"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	maxText  = 500 // bytes of the text of an error
	maxStack = 48  // frames
)

// quoted has the patterns of user input that errors may quote, with their
// replacements. The rest of the text comes from the program.
var quoted = []struct {
	pattern     *regexp.Regexp
	replacement string
}{
	{regexp.MustCompile(`[^\s"'<>()=:,;]+@[^\s"'<>(),;]+`), "[address]"},
	{regexp.MustCompile(`\b\d{1,3}(\.\d{1,3}){3}\b|[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){3,7}`), "[ip]"},
	{regexp.MustCompile(`\b(eyJ[\w-]*\.[\w.-]+|[A-Za-z0-9_+/-]{24,}=*)`), "[token]"},
	{regexp.MustCompile(`"(?:[^"\\]|\\.)*"`), `"[text]"`},
}

// scrub returns the text of an error without user input. Messages of PostgreSQL
// quote values, so only the SQLSTATE and the names of the table and the constraint
// are kept.
func scrub(err error) string {
	text := err.Error()
	var server *pgconn.PgError
	if errors.As(err, &server) {
		state := strings.TrimSpace("SQLSTATE " + server.Code + " " + server.TableName + " " + server.ConstraintName)
		text = strings.ReplaceAll(text, server.Error(), state)
	}
	for _, q := range quoted {
		text = q.pattern.ReplaceAllString(text, q.replacement)
	}
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "")
}

// kind returns the innermost type of an error, by which the tracker groups reports.
func kind(err error) string {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", err), "*")
}

// stacktrace returns the frames in the order of the tracker, outermost first. It
// includes the names of the source files but not their directories.
func stacktrace(pcs []uintptr) *sentry.Stacktrace {
	if pcs == nil {
		pcs = make([]uintptr, maxStack)
		pcs = pcs[:runtime.Callers(3, pcs)] // without stacktrace and Send
	}
	var trace sentry.Stacktrace
	for frames := runtime.CallersFrames(pcs); ; {
		frame, more := frames.Next()
		if frame.Function == "runtime.gopanic" {
			trace.Frames = nil // the frames before it are those of the recovery
		} else if frame.Function != "" {
			trace.Frames = append(trace.Frames, sentryFrame(frame))
		}
		if !more {
			slices.Reverse(trace.Frames)
			return &trace
		}
	}
}

func sentryFrame(f runtime.Frame) sentry.Frame {
	cut := strings.LastIndex(f.Function, "/") + 1
	module, function, _ := strings.Cut(f.Function[cut:], ".")
	return sentry.Frame{
		Module: f.Function[:cut] + module, Function: function, Filename: filepath.Base(f.File), Lineno: f.Line,
		InApp: strings.HasPrefix(f.Function, "stoa/") || strings.HasPrefix(f.Function, "main."),
	}
}
