package journeys

import (
	"net"
	"slices"
	"strings"
	"testing"

	"stoa/platform/mail/mailtest"
	"stoa/platform/reports/reportstest"
	"stoa/platform/traces/tracestest"
	"stoa/test/rig"
)

// checkNoPersonalData fails when exported data contain the user's name, email
// address, browser or IP address.
func checkNoPersonalData(t *testing.T, what, raw string, p rig.User, b *rig.Browser) {
	t.Helper()
	secrets := []string{p.Name, p.Email, p.Password, b.Addr, "User-Agent", "journeys"}
	for _, c := range b.HTTP.Jar.Cookies(b.Resolve("/")) {
		secrets = append(secrets, c.Value)
	}
	for _, secret := range secrets {
		if strings.Contains(raw, secret) {
			t.Errorf("%s: %q was exported", what, secret)
		}
	}
}

func TestTraces_FromARequestToItsQueries(t *testing.T) {
	t.Parallel()
	collector := tracestest.Start(t)
	app := rig.Start(t, rig.Env{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL})
	b, p := app.RegisterBrowser(t)
	const trace, caller = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	b.Fetch("GET", "/dashboard?token=not-for-others", nil, rig.With("X-Request-ID", "traced-request"), rig.With("traceparent", "00-"+trace+"-"+caller+"-01")).Is(200)
	user := rig.Ask[string](t, app, "SELECT id::text FROM users WHERE email = $1", p.Email)
	if lines := rig.RequestLines(t, "traced-request", app); lines[0]["trace_id"] != trace {
		t.Errorf("the log's lines of the request are %v, want trace_id %s", lines, trace)
	}
	if err := app.Stop(); err != nil { // which sends what waits
		t.Fatal(err)
	}
	spans := collector.Spans("GET /dashboard")
	i := slices.IndexFunc(spans, func(s tracestest.Span) bool { return s.Trace == trace })
	if i < 0 {
		t.Fatalf("no span of the caller's trace among %v", spans)
	}
	request := spans[i]
	if request.Parent != caller || !strings.Contains(request.Attributes["stoa.request_id"], "traced-request") ||
		!strings.Contains(request.Attributes["user.id"], user) || !strings.Contains(request.Attributes["http.response.status_code"], "200") {
		t.Errorf("the request's span is %+v", request)
	}
	queries := collector.Spans("SessionByKey")
	if !slices.ContainsFunc(queries, func(s tracestest.Span) bool { return s.Trace == trace && s.Parent == request.ID }) {
		t.Errorf("no query span belongs to the request: %v", queries)
	}
	batched := collector.Spans("AuditActivity")
	if !slices.ContainsFunc(collector.Spans("batch"), func(s tracestest.Span) bool {
		return s.Parent == request.ID && slices.ContainsFunc(batched, func(q tracestest.Span) bool { return q.Parent == s.ID })
	}) {
		t.Errorf("no query span of a batch belongs to the request: %v", batched)
	}
	checkNoPersonalData(t, "traces", collector.Raw(), p, b)
	for _, never := range []string{"not-for-others", "SELECT", "token="} {
		if strings.Contains(collector.Raw(), never) {
			t.Errorf("the traces contain %q", never)
		}
	}
}

// A job is part of the trace of the request that enqueued it, on any replica.
func TestTraces_FromARequestToItsJob(t *testing.T) {
	t.Parallel()
	collector := tracestest.Start(t)
	app := rig.Start(t, rig.Env{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL})
	_, p := app.RegisterBrowser(t)
	app.Email(t, p.Email, rig.VerifyMail, 1)
	if err := app.Stop(); err != nil {
		t.Fatal(err)
	}
	requests, done := collector.Spans("POST /register"), collector.Spans("job letter")
	if len(requests) != 1 || len(done) == 0 {
		t.Fatalf("%d spans of the registration and %d of its job", len(requests), len(done))
	}
	if done[0].Trace != requests[0].Trace {
		t.Errorf("the job is in the trace %s, the request in %s", done[0].Trace, requests[0].Trace)
	}
	inside := collector.Spans("LetterFinish")
	if !slices.ContainsFunc(inside, func(s tracestest.Span) bool { return s.Parent == done[0].ID }) {
		t.Errorf("no query span belongs to the job: %v", inside)
	}
}

// A collector that accepts connections and never responds delays no request, and
// the shutdown only briefly.
func TestTraces_CollectorHangs(t *testing.T) {
	t.Parallel()
	hanging, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hanging.Close()
	address := hanging.Addr().String()
	app := rig.Start(t, rig.Env{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + address, "SENTRY_DSN": "http://key@" + address + "/7"})
	b, _ := app.RegisterBrowser(t)
	for range 20 {
		b.Open("/dashboard").At("/dashboard")
	}
	if err := app.Stop(); err != nil {
		t.Error(err)
	}
}

func TestReports_InternalErrorByIDsAlone(t *testing.T) {
	t.Parallel()
	tracker := reportstest.Start(t)
	app := rig.Start(t, rig.Env{"SENTRY_DSN": tracker.DSN})
	app.Log.Forgive()
	b, p := app.RegisterBrowser(t)
	user := rig.Ask[string](t, app, "SELECT id::text FROM users WHERE email = $1", p.Email)
	form := b.Open("/settings/profile").Form(rig.ProfileForm)
	app.Exec(t, "ALTER TABLE users RENAME bio TO biography") // an internal error
	page := b.Fetch("POST", form.Action, form.Fill(rig.Values{"name": p.Name, "bio": p.Email}), rig.With("X-Request-ID", "failed-request")).Is(500)
	if strings.Contains(page.Body, "42703") || !strings.Contains(page.Body, "failed-request") {
		t.Errorf("the page shows\n%s", page.Body)
	}
	b.Open("/nothing-here").Is(404) // not an internal error
	if err := app.Stop(); err != nil {
		t.Fatal(err)
	}
	events := tracker.Events()
	if len(events) != 1 {
		t.Fatalf("%d reports arrived, want 1: %s", len(events), tracker.Raw())
	}
	e := events[0]
	if e.Transaction != "POST /settings/profile" || e.Tags["request_id"] != "failed-request" || e.User["id"] != user || len(e.User) != 1 ||
		e.Request != nil || e.Environment != "development" || e.Release != "stoa@dev" {
		t.Errorf("the report is %+v", e)
	}
	if e.Exception[0].Type != "pgconn.PgError" || !strings.Contains(e.Exception[0].Value, "SQLSTATE 42703") ||
		!slices.ContainsFunc(e.Frames(), func(f string) bool { return strings.HasPrefix(f, "stoa/handlers/") }) {
		t.Errorf("the error is %+v", e.Exception[0])
	}
	checkNoPersonalData(t, "reports", tracker.Raw(), p, b)
}

// An abandoned email is reported with its request and user. An email that will be
// retried is not reported.
func TestReports_AbandonedJobByIDsAlone(t *testing.T) {
	t.Parallel()
	tracker, server := reportstest.Start(t), mailtest.Start(t)
	server.Fail(mailtest.Fault{Rcpt: mailtest.Reply(451, 4, 3, 0)})
	app := rig.Start(t, rig.Env{"SENTRY_DSN": tracker.DSN, "SMTP_URL": "smtp://" + server.Addr, "MAIL_FROM": "hello@stoa.test"})
	app.Log.Forgive()
	b, p := app.RegisterBrowser(t) // the first email to this user is retried
	user := rig.Ask[string](t, app, "SELECT id::text FROM users WHERE email = $1", p.Email)
	app.Exec(t, `CREATE FUNCTION only_once() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.max_attempts := 1; RETURN NEW; END'`)
	app.Exec(t, "CREATE TRIGGER only_once BEFORE INSERT ON river.river_job FOR EACH ROW EXECUTE FUNCTION only_once()")
	form := b.Open("/dashboard").Form(rig.ResendForm)
	b.Fetch("POST", form.Action, form.Fill(nil), rig.With("X-Request-ID", "resent-request")).Is(303)
	rig.Await(t, "the email to be abandoned", func() bool {
		return rig.Ask[int](t, app, "SELECT count(*) FROM letters WHERE outcome = 'abandoned'") == 1
	})
	if err := app.Stop(); err != nil { // which sends what waits
		t.Fatal(err)
	}
	events := tracker.Events()
	if len(events) != 1 {
		t.Fatalf("%d reports arrived, want 1: %s", len(events), tracker.Raw())
	}
	e := events[0]
	if e.Transaction != "job letter" || e.Tags["job_id"] == "" || e.Tags["request_id"] != "resent-request" || e.User["id"] != user || len(e.User) != 1 {
		t.Errorf("the report is %+v", e)
	}
	if !strings.Contains(e.Exception[0].Value, "451") || len(e.Frames()) == 0 {
		t.Errorf("the error is %+v", e.Exception[0])
	}
	checkNoPersonalData(t, "reports", tracker.Raw(), p, b)
}
