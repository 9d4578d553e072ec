package limit_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"stoa/db"
	"stoa/platform/fault"
	"stoa/platform/limit"
	"stoa/platform/pg/pgtest"
)

var five = limit.Limit{Name: "five", Max: 5, Window: time.Hour}

// newKey returns a key of this test alone.
func newKey() string { return uuid.Must(uuid.NewV7()).String() }

func newLimits(conn db.DBTX) *limit.Limits { return limit.New(limit.Config{DB: conn}) }

// counting is a database that counts its statements.
type counting struct {
	db.DBTX
	statements atomic.Int32
}

func (c *counting) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	c.statements.Add(1)
	return c.DBTX.Exec(ctx, sql, args...)
}

func (c *counting) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	c.statements.Add(1)
	return c.DBTX.QueryRow(ctx, sql, args...)
}

func take(t *testing.T, l *limit.Limits, lim limit.Limit, key string) fault.Limit {
	t.Helper()
	state, err := l.Take(t.Context(), lim, key)
	if err != nil {
		t.Fatalf("Take = %v, want it let through", err)
	}
	return state
}

func wantRefused(t *testing.T, l *limit.Limits, lim limit.Limit, key string) {
	t.Helper()
	state, err := l.Take(t.Context(), lim, key)
	e := fault.As(err)
	if e == nil || e.Kind != fault.TooMany || e.Code != "too_many_requests" {
		t.Fatalf("Take = %v, want too_many_requests", err)
	}
	if e.RetryAfter <= 0 || e.RetryAfter > lim.Window || e.Limit == nil || *e.Limit != state {
		t.Errorf("refusal = wait %v, limit %+v, want up to %v and %+v", e.RetryAfter, e.Limit, lim.Window, state)
	}
	if state.Remaining != 0 || state.Name != lim.Name || state.Max != lim.Max || state.Window != lim.Window {
		t.Errorf("state = %+v, want %+v with nothing left", state, lim)
	}
}

func TestTake(t *testing.T) {
	t.Parallel()
	l, key := newLimits(pgtest.DB(t)), newKey()
	for _, left := range []int{4, 3, 2, 1, 0} {
		state := take(t, l, five, key)
		if state.Remaining != left || state.Name != "five" || state.Max != 5 || state.Window != time.Hour {
			t.Errorf("Take = %+v, want %d remaining", state, left)
		}
		if state.Reset <= 59*time.Minute || state.Reset > time.Hour {
			t.Errorf("Take = reset in %v, want nearly an hour", state.Reset)
		}
	}
	wantRefused(t, l, five, key)
	wantRefused(t, l, five, key)
}

func TestTake_EachKeyAndLimitByItself(t *testing.T) {
	t.Parallel()
	l, key := newLimits(pgtest.DB(t)), newKey()
	for range 5 {
		take(t, l, five, key)
	}
	wantRefused(t, l, five, key)
	take(t, l, five, newKey())
	take(t, l, limit.Limit{Name: "other", Max: 1, Window: time.Hour}, key)
}

// A window starts with the first call and is not moved by later ones.
func TestTake_WindowEnds(t *testing.T) {
	t.Parallel()
	conn, key := pgtest.DB(t), newKey()
	l := newLimits(conn)
	take(t, l, five, key)
	pass(t, conn, "five:"+key, 50*time.Minute)
	for range 4 {
		if state := take(t, l, five, key); state.Reset > 10*time.Minute {
			t.Fatalf("Take = reset in %v, want the 10 minutes left of the first call's window", state.Reset)
		}
	}
	pass(t, conn, "five:"+key, 11*time.Minute)
	if state := take(t, l, five, key); state.Remaining != 4 || state.Reset <= 59*time.Minute {
		t.Errorf("Take after the window = %+v, want a new window with 4 remaining", state)
	}
}

// pass lets time pass for one counter.
func pass(t *testing.T, conn db.DBTX, key string, by time.Duration) {
	t.Helper()
	tag, err := conn.Exec(t.Context(), "UPDATE rate_limits SET ends_at = ends_at - $2::interval WHERE key = $1", key, by)
	if err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("move %s: %v, %d rows", key, err, tag.RowsAffected())
	}
}

// rush makes 50 calls at once, spread over the replicas, and returns how many
// were let through.
func rush(t *testing.T, lim limit.Limit, key string, replicas ...*limit.Limits) int {
	t.Helper()
	var through, refused atomic.Int32
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			_, err := replicas[i%len(replicas)].Take(t.Context(), lim, key)
			switch {
			case err == nil:
				through.Add(1)
			case fault.Is(err, fault.TooMany):
				refused.Add(1)
			default:
				t.Errorf("Take = %v", err)
			}
		})
	}
	wg.Wait()
	if through.Load()+refused.Load() != 50 {
		t.Errorf("%d let through and %d refused, want 50 in all", through.Load(), refused.Load())
	}
	return int(through.Load())
}

func TestTake_FiftyAtOnce(t *testing.T) {
	t.Parallel()
	conn := pgtest.DB(t)
	for name, replicas := range map[string][]*limit.Limits{
		"one replica":  {newLimits(conn)},
		"two replicas": {newLimits(conn), newLimits(conn)},
	} {
		for range 5 {
			if got := rush(t, five, newKey(), replicas...); got != 5 {
				t.Errorf("%s: %d of 50 let through, want 5", name, got)
			}
		}
	}
}

func TestTake_FiftyAtOnceRefundable(t *testing.T) {
	t.Parallel()
	conn, key := pgtest.DB(t), newKey()
	lim := limit.Limit{Name: "guesses", Max: 5, Window: time.Hour, Refundable: true}
	l := newLimits(conn)
	if got := rush(t, lim, key, l, newLimits(conn)); got != 5 {
		t.Fatalf("%d of 50 let through, want 5", got)
	}
	// The 45 refused left no trace: what is given back can be taken again.
	for range 2 {
		if err := l.Refund(t.Context(), lim, key); err != nil {
			t.Fatalf("Give = %v", err)
		}
	}
	if got := rush(t, lim, key, l, newLimits(conn)); got != 2 {
		t.Errorf("%d let through after 2 were given back, want 2", got)
	}
}

func TestTake_AnotherReplicaCounts(t *testing.T) {
	t.Parallel()
	conn, key := pgtest.DB(t), newKey()
	one, two := newLimits(conn), newLimits(conn)
	for range 3 {
		take(t, one, five, key)
	}
	if state := take(t, two, five, key); state.Remaining != 1 {
		t.Errorf("Take on the other replica = %+v, want 1 remaining", state)
	}
	take(t, one, five, key)
	wantRefused(t, two, five, key)
}

// A flood that is over its limit reaches the database once, to be refused and
// to hear for how long.
func TestTake_FloodCostsNoQuery(t *testing.T) {
	t.Parallel()
	conn := &counting{DBTX: pgtest.DB(t)}
	l, key := newLimits(conn), newKey()
	for range 5 {
		take(t, l, five, key)
	}
	for range 100 {
		wantRefused(t, l, five, key)
	}
	if got := conn.statements.Load(); got != 7 {
		t.Errorf("%d statements, want 7", got)
	}
}

// What can be given back may be free again at any moment, so the gate must not
// answer for it.
func TestGive(t *testing.T) {
	t.Parallel()
	l, key := newLimits(pgtest.DB(t)), newKey()
	lim := limit.Limit{Name: "guesses", Max: 2, Window: time.Hour, Refundable: true}
	take(t, l, lim, key)
	take(t, l, lim, key)
	wantRefused(t, l, lim, key)
	if err := l.Refund(t.Context(), lim, key); err != nil {
		t.Fatalf("Give = %v", err)
	}
	if state := take(t, l, lim, key); state.Remaining != 0 {
		t.Errorf("Take = %+v, want none remaining", state)
	}
	wantRefused(t, l, lim, key)
}

// readOnly is a database that was cut off before a second thing was written.
type readOnly struct{ db.DBTX }

func (readOnly) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, pgx.ErrTxClosed
}

// A refused call is not counted for a moment either: whoever asks in that
// moment would be refused in place of what was given back.
func TestTake_RefusedIsNeverCounted(t *testing.T) {
	t.Parallel()
	conn, key := pgtest.DB(t), newKey()
	l, lim := newLimits(conn), limit.Limit{Name: "guesses", Max: 1, Window: time.Hour, Refundable: true}
	take(t, l, lim, key)
	wantRefused(t, newLimits(readOnly{conn}), lim, key)
	if err := l.Refund(t.Context(), lim, key); err != nil {
		t.Fatalf("Give = %v", err)
	}
	take(t, l, lim, key)
}

// Giving back what was never taken makes nobody rich.
func TestGive_Nothing(t *testing.T) {
	t.Parallel()
	l, key := newLimits(pgtest.DB(t)), newKey()
	lim := limit.Limit{Name: "guesses", Max: 1, Window: time.Hour, Refundable: true}
	for range 3 {
		if err := l.Refund(t.Context(), lim, key); err != nil {
			t.Fatalf("Give = %v", err)
		}
	}
	take(t, l, lim, key)
	wantRefused(t, l, lim, key)
}

func TestTake_Off(t *testing.T) {
	t.Parallel()
	conn := &counting{DBTX: pgtest.DB(t)}
	l := newLimits(conn)
	for range 100 {
		if state := take(t, l, limit.Limit{Name: "off"}, "key"); state.Max != 0 {
			t.Fatalf("Take = %+v, want nothing", state)
		}
	}
	if err := l.Refund(t.Context(), limit.Limit{Name: "off"}, "key"); err != nil || conn.statements.Load() != 0 {
		t.Errorf("Give = %v after %d statements, want none", err, conn.statements.Load())
	}
}

// Without the database nobody is let through, and nobody is told to have
// called too often.
func TestTake_DatabaseAway(t *testing.T) {
	t.Parallel()
	l := newLimits(pgtest.DB(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	state, err := l.Take(ctx, five, newKey())
	if err == nil || fault.As(err) != nil || state != (fault.Limit{}) {
		t.Errorf("Take = %+v, %v, want the database's error", state, err)
	}
}
