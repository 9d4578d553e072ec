//go:build unix

package pgserver

import (
	"bufio"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// keptLines is how many lines of postgres's output are kept for an error message.
const keptLines = 50

// output logs the lines that postgres writes and keeps the last of them.
type output struct {
	log *slog.Logger
	end chan struct{} // closed when all output has been read

	mu    sync.Mutex
	lines []string
}

func newOutput(log *slog.Logger) *output {
	return &output{log: log, end: make(chan struct{})}
}

// read reads the output line by line until it ends.
func (o *output) read(r io.ReadCloser) {
	defer close(o.end)
	defer r.Close()
	// A Reader, not a Scanner: a line too long for a Scanner would end the reading,
	// and a full pipe would block postgres.
	buffered := bufio.NewReader(r)
	for {
		line, err := buffered.ReadString('\n')
		if line = strings.TrimRight(line, "\n"); line != "" {
			o.keep(line)
		}
		if err != nil {
			return
		}
	}
}

// keep logs a line and stores it. PostgreSQL writes an ERROR line for each refused
// statement, with its values, so such lines are logged at the debug level.
func (o *output) keep(line string) {
	if strings.HasPrefix(line, "PANIC:") {
		o.log.Error("postgres", "line", line)
	} else {
		o.log.Debug("postgres", "line", line)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.lines) == keptLines {
		o.lines = o.lines[1:]
	}
	o.lines = append(o.lines, line)
}

// last returns the last lines. After postgres has ended they are complete, unless
// one of its children still holds the pipe open.
func (o *output) last() string {
	select {
	case <-o.end:
	case <-time.After(200 * time.Millisecond):
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.lines, "\n")
}
