package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/platform/jobs"
	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/telemetry"
	"stoa/platform/waittest"
)

// written is the log of these tests.
var written log

type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// of returns the lines of the request.
func (l *log) of(request string) []map[string]any {
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []map[string]any
	for line := range strings.SplitSeq(l.text.String(), "\n") {
		var entry map[string]any
		if json.Unmarshal([]byte(line), &entry) == nil && entry["request_id"] == request {
			lines = append(lines, entry)
		}
	}
	return lines
}

func TestMain(m *testing.M) {
	slog.SetDefault(telemetry.NewLogger(telemetry.LoggerConfig{Writer: &written, Format: "json", Level: slog.LevelDebug}))
	os.Exit(m.Run())
}

type errand struct {
	Number int `json:"number"`
}

func (errand) Kind() string { return "errand" }

// start starts the jobs and stops them at the end of the test.
func start(t *testing.T, j *jobs.Jobs) {
	t.Helper()
	if err := j.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, j) })
}

func stop(t *testing.T, j *jobs.Jobs) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := j.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func newJobs(t *testing.T, cfg jobs.Config, h jobs.Handler[errand]) *jobs.Jobs {
	t.Helper()
	j, err := jobs.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	jobs.Handle(j, h)
	return j
}

// tally counts the attempts at errands by their result.
type tally struct {
	mu    sync.Mutex
	times map[jobs.Result]int
}

func newTally() *tally { return &tally{times: map[jobs.Result]int{}} }

func (n *tally) count(_ context.Context, a jobs.Attempt) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if a.Kind == "errand" {
		n.times[a.Result]++
	}
}

func (n *tally) want(t *testing.T, want map[jobs.Result]int) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if !maps.Equal(n.times, want) {
		t.Errorf("counted %v, want %v", n.times, want)
	}
}

func insert(t *testing.T, db *pg.DB, j *jobs.Jobs, number int) {
	t.Helper()
	ctx := telemetry.With(t.Context(), slog.String("request_id", t.Name()), slog.String("user_id", "ada"))
	if err := db.Tx(ctx, func(tx *pg.Tx) error { return j.Insert(ctx, tx, errand{number}) }); err != nil {
		t.Fatal(err)
	}
}

// await returns a value of the channel, and fails the test after a minute.
func await[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(time.Minute):
		t.Fatalf("waited a minute for %s", what)
	}
	panic("unreachable")
}

func ask[T any](t *testing.T, db *pg.DB, sql string, args ...any) T {
	t.Helper()
	var got T
	if err := db.QueryRow(t.Context(), sql, args...).Scan(&got); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

// A job is retried after an error and after a panic. Its log lines have the request
// that enqueued it.
func TestJobs_FailureIsTriedAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	attempts, done := 0, make(chan int, 1)
	results := newTally()
	j := newJobs(t, jobs.Config{DB: db.DB, Observe: results.count}, jobs.Handler[errand]{
		Backoff: func(int) time.Duration { return time.Millisecond },
		Work: func(_ context.Context, e errand) error {
			switch attempts++; attempts {
			case 1:
				return errors.New("not yet")
			case 2:
				panic("unexpected")
			}
			done <- e.Number
			return nil
		},
	})
	start(t, j)
	insert(t, db.DB, j, 7)
	if got := await(t, "the third attempt", done); got != 7 {
		t.Fatalf("the job was %d, want 7", got)
	}
	waittest.Until(t, "its completion", func() bool {
		return ask[string](t, db.DB, "SELECT state::text FROM river.river_job WHERE kind = 'errand'") == "completed"
	})
	results.want(t, map[jobs.Result]int{jobs.Failed: 2, jobs.Done: 1})
	logged := map[string]map[string]any{}
	for _, line := range written.of(t.Name()) {
		logged[line["msg"].(string)] = line
	}
	for _, want := range []string{"job failed and will be tried again", "panic in a job", "job done"} {
		if line := logged[want]; line == nil || line["job"] != "errand" || line["user_id"] != "ada" {
			t.Errorf("no line %q of the request with the job and the user: %v", want, logged)
		}
	}
	if stack, _ := logged["panic in a job"]["stack"].([]any); len(stack) == 0 || !strings.Contains(stack[0].(string), "TestJobs_FailureIsTriedAgain") {
		t.Errorf("the panic's stack is %v", stack)
	}
}

func TestJobs_GivenUp(t *testing.T) {
	t.Parallel()
	for state, failure := range map[string]error{"discarded": errors.New("never"), "cancelled": jobs.Final(errors.New("hopeless"))} {
		db := pgtest.New(t)
		abandoned := make(chan int, 9)
		results := newTally()
		j := newJobs(t, jobs.Config{DB: db.DB, Observe: results.count}, jobs.Handler[errand]{
			Attempts: 2, Backoff: func(int) time.Duration { return time.Millisecond },
			Work:    func(context.Context, errand) error { return failure },
			Abandon: func(_ context.Context, e errand) error { abandoned <- e.Number; return nil },
		})
		start(t, j)
		insert(t, db.DB, j, 7)
		await(t, "the call of Abandon", abandoned)
		waittest.Until(t, state, func() bool {
			return ask[string](t, db.DB, "SELECT state::text FROM river.river_job WHERE kind = 'errand'") == state
		})
		want := map[jobs.Result]int{jobs.Abandoned: 1}
		if state == "discarded" {
			want[jobs.Failed] = 1
		}
		results.want(t, want)
		if len(abandoned) != 0 {
			t.Errorf("%s: abandoned more than once", state)
		}
		b, err := jobs.ReadBacklog(t.Context(), db.DB)
		if err != nil || b.Exhausted+b.Refused != 1 || (b.Exhausted == 1) != (state == "discarded") {
			t.Errorf("%s: ReadBacklog = %+v, %v", state, b, err)
		}
	}
}

// Jobs that hang in their own queue do not delay other jobs. A job of their kind that
// an earlier release put into the default queue runs there.
func TestHandle_QueueOfItsOwn(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	begun, finish, done := make(chan int, 100), make(chan bool), make(chan bool, 1)
	j := newJobs(t, jobs.Config{DB: db.DB}, jobs.Handler[errand]{Queue: "errands", Work: func(_ context.Context, e errand) error {
		begun <- e.Number
		<-finish
		return nil
	}})
	jobs.Handle(j, jobs.Handler[other]{Work: func(context.Context, other) error { done <- true; return nil }})
	for range 30 { // more than a queue has workers
		insert(t, db.DB, j, 1)
	}
	start(t, j)
	defer close(finish)
	await(t, "a hanging job", begun)
	if err := db.Tx(t.Context(), func(tx *pg.Tx) error { return j.Insert(t.Context(), tx, other{}) }); err != nil {
		t.Fatal(err)
	}
	await(t, "a job of another queue", done)
	if _, err := db.Exec(t.Context(), `INSERT INTO river.river_job (kind, args, max_attempts) VALUES ('errand', '{"number": 2}', 3)`); err != nil {
		t.Fatal(err)
	}
	for await(t, "the job of the default queue", begun) != 2 {
	}
}

// A job exists only if its transaction is committed.
func TestInsert_WithTheTransaction(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	j := newJobs(t, jobs.Config{DB: db.DB}, jobs.Handler[errand]{Work: func(context.Context, errand) error { return nil }})
	undone := errors.New("undone")
	err := db.Tx(t.Context(), func(tx *pg.Tx) error { return errors.Join(j.Insert(t.Context(), tx, errand{1}), undone) })
	if n := ask[int](t, db.DB, "SELECT count(*) FROM river.river_job"); !errors.Is(err, undone) || n != 0 {
		t.Errorf("%d jobs after a rollback, %v", n, err)
	}
}

type other struct{}

func (other) Kind() string { return "other" }

func TestInsert_NoHandler(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	j := newJobs(t, jobs.Config{DB: db}, jobs.Handler[errand]{Work: func(context.Context, errand) error { return nil }})
	if err := db.Tx(t.Context(), func(tx *pg.Tx) error { return j.Insert(t.Context(), tx, other{}) }); err == nil {
		t.Error("Insert of a job without a handler = nil, want an error")
	}
}

// A periodic job runs once in its period on all replicas together.
func TestJobs_PeriodicOnceForAllReplicas(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	done := make(chan bool, 9)
	replica := func() *jobs.Jobs {
		return newJobs(t, jobs.Config{DB: db.DB}, jobs.Handler[errand]{Every: 240 * time.Hour, Work: func(context.Context, errand) error { done <- true; return nil }})
	}
	first := replica()
	start(t, first)
	start(t, replica())
	await(t, "the periodic job", done)
	stop(t, first)
	third := replica() // a restart does not start a new period
	start(t, third)
	waittest.Until(t, "another leader", func() bool { return ask[int](t, db.DB, "SELECT count(*) FROM river.river_leader") == 1 })
	if n := ask[int](t, db.DB, "SELECT count(*) FROM river.river_job"); n != 1 || len(done) != 0 {
		t.Errorf("%d jobs, want one in the period", n)
	}
}

// Stop waits for the running job.
func TestStop_LosesNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	begun, finish := make(chan bool, 1), make(chan bool)
	j := newJobs(t, jobs.Config{DB: db.DB}, jobs.Handler[errand]{Work: func(context.Context, errand) error {
		begun <- true
		<-finish
		return nil
	}})
	if got := j.State(); got != "off" {
		t.Errorf("State before Start = %q", got)
	}
	start(t, j)
	if got := j.State(); got != "ok" {
		t.Errorf("State after Start = %q", got)
	}
	insert(t, db.DB, j, 1)
	await(t, "the job to begin", begun)
	stopped := make(chan bool)
	go func() { stop(t, j); close(stopped) }()
	insert(t, db.DB, j, 2) // during Stop: this process or the next one may run it
	select {
	case <-stopped:
		t.Fatal("Stop returned while a job was running")
	default:
	}
	close(finish)
	await(t, "Stop to return", stopped)
	if got := j.State(); got != "stopped" {
		t.Errorf("State after Stop = %q", got)
	}
	if n := ask[int](t, db.DB, "SELECT count(*) FROM river.river_job WHERE state IN ('completed', 'available')"); n != 2 {
		t.Errorf("%d jobs are completed or available, want 2", n)
	}
}

// A job that returns Later runs again, and that is not a failed attempt.
func TestJobs_Later(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	parts := make(chan int, 9)
	n := 0
	results := newTally()
	j := newJobs(t, jobs.Config{DB: db.DB, Observe: results.count}, jobs.Handler[errand]{Attempts: 1, Work: func(context.Context, errand) error {
		if n++; n < 3 {
			return jobs.Later(time.Millisecond)
		}
		parts <- n
		return nil
	}})
	start(t, j)
	insert(t, db.DB, j, 1)
	if got := await(t, "the rest", parts); got != 3 {
		t.Errorf("done in %d parts, want 3", got)
	}
	stop(t, j)
	results.want(t, map[jobs.Result]int{jobs.Done: 3})
}

// A pooler assigns a server connection to each transaction, so a LISTEN would stay on
// a connection that serves other clients.
func TestStart_ListensToTheServerItselfAlone(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]bool{"cache_statement": true, "cache_describe": false} {
		address, err := url.Parse(pgtest.New(t).App)
		if err != nil {
			t.Fatal(err)
		}
		address.RawQuery += "&default_query_exec_mode=" + mode
		db, err := pg.Open(t.Context(), pg.Config{URL: address.String()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(db.Close)
		done := make(chan int)
		j := newJobs(t, jobs.Config{DB: db}, jobs.Handler[errand]{Work: func(_ context.Context, e errand) error { done <- e.Number; return nil }})
		start(t, j)
		listens := func() bool {
			return ask[bool](t, db, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%')`)
		}
		if want {
			waittest.Until(t, "a LISTEN", listens)
		}
		insert(t, db, j, 1)
		await(t, "the job", done)
		if !want && listens() {
			t.Errorf("the queue listens with %s", mode)
		}
	}
}
