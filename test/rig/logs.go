package rig

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

// Log is the output of a process so far, standard output and standard error.
type Log struct {
	mu       sync.Mutex
	text     bytes.Buffer
	forgiven bool
}

// Forgive permits internal errors in the log, for tests that cause them.
func (l *Log) Forgive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgiven = true
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns everything.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// End returns the last lines.
func (l *Log) End() string {
	const few = 12
	lines := l.Lines()
	return strings.Join(lines[max(0, len(lines)-few):], "\n")
}

// Lines returns the non-empty lines without line ends.
func (l *Log) Lines() []string {
	return strings.FieldsFunc(l.String(), func(r rune) bool { return r == '\n' })
}

// Entries returns the lines that are JSON objects.
func (l *Log) Entries() []map[string]any {
	var entries []map[string]any
	for _, line := range l.Lines() {
		var e map[string]any
		if json.Unmarshal([]byte(line), &e) == nil && e != nil {
			entries = append(entries, e)
		}
	}
	return entries
}

// Request returns the entries of one request.
func (l *Log) Request(id string) []map[string]any {
	var found []map[string]any
	for _, e := range l.Entries() {
		if e["request_id"] == id {
			found = append(found, e)
		}
	}
	return found
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
