package rig

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Log is the output of a process so far, standard output and standard error.
type Log struct {
	mu       sync.Mutex
	file     *os.File // the process writes it
	lines    []string // complete, without line ends
	rest     []byte   // an incomplete line
	forgiven bool
}

// Forgive permits internal errors in the log, for tests that cause them.
func (l *Log) Forgive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgiven = true
}

// String returns everything.
func (l *Log) String() string { return strings.Join(l.all(), "\n") }

// all returns the complete lines, and the incomplete last one.
func (l *Log) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	added, err := io.ReadAll(l.file) // since the last call
	if err != nil {
		added = append(added, err.Error()...)
	}
	l.rest = append(l.rest, added...)
	for {
		line, rest, complete := bytes.Cut(l.rest, []byte("\n"))
		if !complete {
			return append(slices.Clone(l.lines), string(l.rest))
		}
		l.lines, l.rest = append(l.lines, string(line)), rest
	}
}

// End returns the last lines.
func (l *Log) End() string {
	const few = 12
	lines := l.Lines()
	return strings.Join(lines[max(0, len(lines)-few):], "\n")
}

// Lines returns the lines that are not empty, without line ends.
func (l *Log) Lines() []string {
	return slices.DeleteFunc(l.all(), func(line string) bool { return line == "" })
}

// Entries returns the lines that are JSON objects.
func (l *Log) Entries() []map[string]any { return entries(l.Lines()) }

func entries(lines []string) []map[string]any {
	var all []map[string]any
	for _, line := range lines {
		var e map[string]any
		if json.Unmarshal([]byte(line), &e) == nil && e != nil {
			all = append(all, e)
		}
	}
	return all
}

// Request returns the entries of one request.
func (l *Log) Request(id string) []map[string]any {
	// The log of a shared server is long: only lines with the id are decoded.
	lines := slices.DeleteFunc(l.Lines(), func(line string) bool { return !strings.Contains(line, id) })
	return slices.DeleteFunc(entries(lines), func(e map[string]any) bool { return e["request_id"] != id })
}

// faults returns the lines about data races, panics and, unless forgiven, errors,
// each with the other lines of its request.
func (l *Log) faults() []string {
	signs := []string{"DATA RACE", "panic", "goroutine 1 ["}
	if l.mu.Lock(); !l.forgiven {
		signs = append(signs, `"level":"ERROR"`)
	}
	l.mu.Unlock()
	var found []string
	for _, line := range l.Lines() {
		if slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(line, sign) }) {
			found = append(found, l.around(line)...)
		}
	}
	return found
}

// around returns the lines of the same request, or the line alone.
func (l *Log) around(line string) []string {
	_, rest, _ := strings.Cut(line, `"request_id":"`)
	id, _, found := strings.Cut(rest, `"`)
	if !found {
		return []string{line}
	}
	return slices.DeleteFunc(l.Lines(), func(other string) bool { return !strings.Contains(other, id) })
}

// RequestLines waits for the lines of a request in the log of any of apps. They may
// be written shortly after the response.
func RequestLines(t testing.TB, id string, apps ...*App) []map[string]any {
	t.Helper()
	var lines []map[string]any
	Await(t, "log lines of "+id, func() bool {
		lines = nil
		for _, app := range apps {
			lines = append(lines, app.Log.Request(id)...)
		}
		return len(lines) > 0
	})
	return lines
}
