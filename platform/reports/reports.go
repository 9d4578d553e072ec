// Package reports tells an error tracker (Sentry, or one that understands its
// protocol) of panics and internal errors. A report says where and to whom it
// happened by ids; nothing that a person typed or that identifies their
// connection is in it.
package reports

import (
	"time"

	"github.com/getsentry/sentry-go"
)

// Config says where reports go and of which program they are.
type Config struct {
	DSN         string
	Release     string
	Environment string
}

// Reports sends reports, in the background: nobody waits for the tracker, and
// what it does not take in time is dropped.
type Reports struct{ client *sentry.Client }

// New returns reports to the tracker of c.
func New(c Config) (*Reports, error) {
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn: c.DSN, Release: c.Release, Environment: c.Environment, BeforeSend: onlyOurs,
		// The usual ones add what they find: source lines, the machine, modules.
		Integrations: func([]sentry.Integration) []sentry.Integration { return nil },
		// The name of the machine would be found and added otherwise.
		ServerName: "stoa", DisableClientReports: true, MaxBreadcrumbs: -1,
	})
	if err != nil {
		return nil, err
	}
	return &Reports{client}, nil
}

// onlyOurs is the last look at a report: what the library may ever add of a
// request or a person beyond the id does not leave (ASVS 14.2.3).
func onlyOurs(event *sentry.Event, _ *sentry.EventHint) *sentry.Event {
	event.Request, event.Breadcrumbs, event.Attachments, event.Modules = nil, nil, nil, nil
	event.User = sentry.User{ID: event.User.ID}
	return event
}

// Failure is what went wrong.
type Failure struct {
	Err               error
	Stack             []uintptr // of a panic; nil: where the failure is reported
	Where             string    // "GET /settings/profile", "job letter"
	RequestID, UserID string    // of a job: those that it comes from
	TraceID, JobID    string
}

// Send reports a failure and does not wait.
func (r *Reports) Send(f Failure) {
	event := sentry.NewEvent()
	event.Level, event.Transaction, event.User = sentry.LevelError, f.Where, sentry.User{ID: f.UserID}
	event.Tags = map[string]string{"request_id": f.RequestID, "route": f.Where}
	for tag, value := range map[string]string{"trace_id": f.TraceID, "job_id": f.JobID} {
		if value != "" {
			event.Tags[tag] = value
		}
	}
	event.Exception = []sentry.Exception{{Type: kind(f.Err), Value: scrubbed(f.Err), Stacktrace: stacktrace(f.Stack)}}
	r.client.CaptureEvent(event, nil, nil)
}

// Close sends what waits, for at most limit.
func (r *Reports) Close(limit time.Duration) {
	r.client.Flush(limit)
}
