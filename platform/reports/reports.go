// Package reports sends panics and internal errors to an error tracker (Sentry or
// a compatible one). A report has the route and the IDs of the request and the
// user. It contains no user input and nothing that identifies the connection.
// Sentry's adapter for Fiber v2 is stale, so it is not used.
package reports

import (
	"time"

	"github.com/getsentry/sentry-go"
)

// Config has the URL of the tracker and the attributes of this process.
type Config struct {
	DSN         string // the URL of the tracker with its public key
	Release     string
	Environment string
}

// Reports sends reports in the background. No caller waits for the tracker; reports
// that do not fit into the queue are dropped.
type Reports struct{ client *sentry.Client }

// New returns reports to the tracker of c. It does not connect to it.
func New(c Config) (*Reports, error) {
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn: c.DSN, Release: c.Release, Environment: c.Environment, BeforeSend: strip,
		// The default integrations add source lines, the host and the modules.
		Integrations: func([]sentry.Integration) []sentry.Integration { return nil },
		// By default the library adds the host name.
		ServerName: "stoa", DisableClientReports: true, MaxBreadcrumbs: -1,
	})
	if err != nil {
		return nil, err
	}
	return &Reports{client}, nil
}

// strip removes from a report all data of the request and the user except the
// user's ID, in case that the library adds some (ASVS 14.2.3).
func strip(event *sentry.Event, _ *sentry.EventHint) *sentry.Event {
	event.Request, event.Breadcrumbs, event.Attachments, event.Modules = nil, nil, nil, nil
	event.User = sentry.User{ID: event.User.ID}
	return event
}

// Failure is a panic or an internal error.
type Failure struct {
	Err               error
	Stack             []uintptr // of a panic; nil: the stack of the caller of Send
	Where             string    // "GET /settings/profile", "job email"
	RequestID, UserID string    // of a job: those of the request that enqueued it
	TraceID, JobID    string
}

// Send queues a report and does not wait.
func (r *Reports) Send(f Failure) {
	event := sentry.NewEvent()
	event.Level, event.Transaction, event.User = sentry.LevelError, f.Where, sentry.User{ID: f.UserID}
	event.Tags = map[string]string{"request_id": f.RequestID, "route": f.Where}
	for tag, value := range map[string]string{"trace_id": f.TraceID, "job_id": f.JobID} {
		if value != "" {
			event.Tags[tag] = value
		}
	}
	event.Exception = []sentry.Exception{{Type: kind(f.Err), Value: scrub(f.Err), Stacktrace: stacktrace(f.Stack)}}
	r.client.CaptureEvent(event, nil, nil)
}

// Close sends the waiting reports, for at most limit.
func (r *Reports) Close(limit time.Duration) {
	r.client.Flush(limit)
}
