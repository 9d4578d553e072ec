// Package reportstest provides an error tracker for tests, which receives reports as
// Sentry envelopes.
package reportstest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Event is a received report.
type Event struct {
	Level       string            `json:"level"`
	Release     string            `json:"release"`
	Environment string            `json:"environment"`
	Transaction string            `json:"transaction"`
	ServerName  string            `json:"server_name"`
	Tags        map[string]string `json:"tags"`
	User        map[string]any    `json:"user"`
	Request     map[string]any    `json:"request"`
	Exception   []struct {
		Type       string `json:"type"`
		Value      string `json:"value"`
		Stacktrace struct {
			Frames []struct {
				Module   string `json:"module"`
				Function string `json:"function"`
				Lineno   int    `json:"lineno"`
				InApp    bool   `json:"in_app"`
			} `json:"frames"`
		} `json:"stacktrace"`
	} `json:"exception"`
}

// Frames returns the functions of the stack, innermost first.
func (e Event) Frames() []string {
	var all []string
	for _, x := range e.Exception {
		for _, f := range x.Stacktrace.Frames {
			all = append([]string{f.Module + "." + f.Function}, all...)
		}
	}
	return all
}

// Tracker is a running error tracker.
type Tracker struct {
	DSN string

	mu     sync.Mutex
	raw    bytes.Buffer
	events []Event
}

// Start returns a tracker that runs until the test ends.
func Start(t testing.TB) *Tracker {
	t.Helper()
	tracker := &Tracker{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := tracker.receive(r); err != nil || r.URL.Path != "/api/7/envelope/" {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		_, _ = io.WriteString(w, "{}") // a client that has disconnected needs no response
	}))
	t.Cleanup(server.Close)
	tracker.DSN = strings.Replace(server.URL, "http://", "http://key@", 1) + "/7"
	return tracker
}

// receive parses an envelope: a header, then items with a header and a payload, each
// on a line of JSON.
func (k *Tracker) receive(r *http.Request) error {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return err
		}
		body = unzipped
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.raw.Write(text)
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	for i := 1; i+1 < len(lines); i += 2 {
		var item struct{ Type string }
		if err := json.Unmarshal(lines[i], &item); err != nil {
			return err
		}
		if item.Type != "event" {
			continue
		}
		var e Event
		if err := json.Unmarshal(lines[i+1], &e); err != nil {
			return err
		}
		k.events = append(k.events, e)
	}
	return nil
}

// Events returns the received reports.
func (k *Tracker) Events() []Event {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]Event(nil), k.events...)
}

// Raw returns all received bytes.
func (k *Tracker) Raw() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.raw.String()
}
