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
	longest   = 500 // bytes of an error's text
	stackMost = 48  // frames
)

// What errors quote of people's input, by how it looks. The rest of an error's
// text is ours.
var quoted = []struct {
	look *regexp.Regexp
	sign string
}{
	{regexp.MustCompile(`[^\s"'<>()=:,;]+@[^\s"'<>(),;]+`), "[address]"},
	{regexp.MustCompile(`\b\d{1,3}(\.\d{1,3}){3}\b|[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){3,7}`), "[ip]"},
	{regexp.MustCompile(`\b(eyJ[\w-]*\.[\w.-]+|[A-Za-z0-9_+/-]{24,}=*)`), "[token]"},
	{regexp.MustCompile(`"(?:[^"\\]|\\.)*"`), `"[text]"`},
}

// scrubbed returns the text of an error without what people wrote. What
// PostgreSQL says quotes values, so only its SQLSTATE and the names of tables
// and constraints are kept.
func scrubbed(err error) string {
	text := err.Error()
	var server *pgconn.PgError
	if errors.As(err, &server) {
		said := strings.TrimSpace("SQLSTATE " + server.Code + " " + server.TableName + " " + server.ConstraintName)
		text = strings.ReplaceAll(text, server.Error(), said)
	}
	for _, q := range quoted {
		text = q.look.ReplaceAllString(text, q.sign)
	}
	return strings.ToValidUTF8(text[:min(len(text), longest)], "")
}

// kind names an error by its innermost type, which groups reports.
func kind(err error) string {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", err), "*")
}

// stacktrace returns the frames as the tracker wants them, outermost first,
// with the files' names but not where they lay when the program was built.
func stacktrace(pcs []uintptr) *sentry.Stacktrace {
	if pcs == nil {
		pcs = make([]uintptr, stackMost)
		pcs = pcs[:runtime.Callers(3, pcs)] // without this and Send
	}
	var trace sentry.Stacktrace
	for frames := runtime.CallersFrames(pcs); ; {
		frame, more := frames.Next()
		if frame.Function == "runtime.gopanic" {
			trace.Frames = nil // what came before is the recovering
		} else if frame.Function != "" {
			trace.Frames = append(trace.Frames, tracked(frame))
		}
		if !more {
			slices.Reverse(trace.Frames)
			return &trace
		}
	}
}

func tracked(f runtime.Frame) sentry.Frame {
	cut := strings.LastIndex(f.Function, "/") + 1
	module, function, _ := strings.Cut(f.Function[cut:], ".")
	return sentry.Frame{
		Module: f.Function[:cut] + module, Function: function, Filename: filepath.Base(f.File), Lineno: f.Line,
		InApp: strings.HasPrefix(f.Function, "stoa/") || strings.HasPrefix(f.Function, "main."),
	}
}
