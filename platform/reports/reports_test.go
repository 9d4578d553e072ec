package reports_test

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"stoa/platform/reports"
	"stoa/platform/reports/reportstest"
	"stoa/platform/telemetry"
)

const flushTimeout = 30 * time.Second

func open(t *testing.T, dsn string) *reports.Reports {
	t.Helper()
	r, err := reports.New(reports.Config{DSN: dsn, Release: "stoa@1", Environment: "production"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSend_RouteAndIDs(t *testing.T) {
	t.Parallel()
	tracker := reportstest.Start(t)
	r := open(t, tracker.DSN)
	r.Send(reports.Failure{Err: fmt.Errorf("save: %w", errors.ErrUnsupported), Where: "GET /x", RequestID: "request-0001", UserID: "user-1", TraceID: "trace-1"})
	r.Close(flushTimeout)
	events := tracker.Events()
	if len(events) != 1 {
		t.Fatalf("%d reports arrived, want 1", len(events))
	}
	e := events[0]
	if e.Level != "error" || e.Release != "stoa@1" || e.Environment != "production" || e.Transaction != "GET /x" || e.ServerName != "stoa" ||
		e.Tags["request_id"] != "request-0001" || e.Tags["trace_id"] != "trace-1" || e.User["id"] != "user-1" || e.Request != nil {
		t.Errorf("the report is %+v", e)
	}
	if e.Exception[0].Value != "save: unsupported operation" || e.Exception[0].Type != "errors.errorString" {
		t.Errorf("the error is %+v", e.Exception[0])
	}
	if frames := e.Frames(); !strings.HasSuffix(frames[0], "TestSend_RouteAndIDs") {
		t.Errorf("the stack begins with %q", frames[0])
	}
}

func TestSend_StackOfAPanic(t *testing.T) {
	t.Parallel()
	tracker := reportstest.Start(t)
	r := open(t, tracker.DSN)
	func() {
		defer func() {
			recovered := telemetry.Recovered(recover())
			r.Send(reports.Failure{Err: recovered, Stack: recovered.PCs})
		}()
		explode()
	}()
	r.Close(flushTimeout)
	e := tracker.Events()[0]
	if frames := e.Frames(); !slices.ContainsFunc(frames[:2], func(f string) bool { return strings.HasSuffix(f, ".explode") }) || e.Exception[0].Value != "panic: lost" {
		t.Errorf("error %q with the stack %q, want explode first", e.Exception[0].Value, frames)
	}
}

//go:noinline
func explode() { panic("lost") }

// User input that an error quotes is not sent.
func TestSend_WithoutWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	tracker := reportstest.Start(t)
	r := open(t, tracker.DSN)
	for _, err := range []error{
		errors.New(`send to Ada.Lovelace+x@example.com: 550`),
		errors.New(`dial tcp 203.0.113.77:443: refused`),
		errors.New(`dial tcp [2001:db8::1:77]:443: refused`),
		errors.New(`link https://x/?token=aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gH3jK5mN7pQ9s`),
		errors.New(`bearer eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2ln`),
		errors.New(`parse "Lovelace's diary": no`),
		fmt.Errorf("save: %w", &pgconn.PgError{Severity: "ERROR", Code: "22P02", Message: `invalid input syntax: Lovelace`, Detail: "Lovelace", TableName: "users"}),
	} {
		r.Send(reports.Failure{Err: err})
	}
	r.Close(flushTimeout)
	if got := len(tracker.Events()); got != 7 {
		t.Errorf("%d reports arrived, want 7", got)
	}
	// None of these can be a part of a random event id, which is hexadecimal.
	for _, personal := range []string{"Lovelace", "203.0.113", "2001:db8", "aB3dE5", "eyJhb"} {
		if strings.Contains(tracker.Raw(), personal) {
			t.Errorf("%q was sent: %s", personal, tracker.Raw())
		}
	}
	if !strings.Contains(tracker.Raw(), "SQLSTATE 22P02 users") {
		t.Error("the SQLSTATE is missing")
	}
}

// A tracker that accepts the connection and never responds delays no caller.
func TestSend_TrackerHangs(t *testing.T) {
	t.Parallel()
	hanging, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hanging.Close()
	r := open(t, "http://key@"+hanging.Addr().String()+"/7")
	start := time.Now()
	for range 1000 {
		r.Send(reports.Failure{Err: errors.ErrUnsupported})
	}
	r.Close(100 * time.Millisecond)
	if took := time.Since(start); took > flushTimeout {
		t.Errorf("1000 reports took %s", took)
	}
}
