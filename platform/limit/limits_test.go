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

// newKey returns a key that no other test uses.
func newKey() string { return uuid.Must(uuid.NewV7()).String() }

func newLimits(conn db.DBTX) *limit.Limits { return limit.New(limit.Config{DB: conn}) }

// countingDB counts its statements.
type countingDB struct {
	db.DBTX
	statements atomic.Int32
}

func (c *countingDB) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	c.statements.Add(1)
	return c.DBTX.Exec(ctx, sql, args...)
}

func (c *countingDB) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	c.statements.Add(1)
	return c.DBTX.QueryRow(ctx, sql, args...)
}

func take(t *testing.T, l *limit.Limits, lim limit.Limit, key string) fault.Limit {
	t.Helper()
	state, err := l.Take(t.Context(), lim, key)
	if err != nil {
		t.Fatalf("Take = %v, want it allowed", err)
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

func TestTake_CountsKeysAndLimitsSeparately(t *testing.T) {
	t.Parallel()
	l, key := newLimits(pgtest.DB(t)), newKey()
	for range 5 {
		take(t, l, five, key)
	}
	wantRefused(t, l, five, key)
	take(t, l, five, newKey())
	take(t, l, limit.Limit{Name: "other", Max: 1, Window: time.Hour}, key)
}

// A window starts with the first call. Later calls do not extend it.
func TestTake_WindowEnds(t *testing.T) {
	t.Parallel()
	conn, key := pgtest.DB(t), newKey()
	l := newLimits(conn)
	take(t, l, five, key)
	advance(t, conn, "five:"+key, 50*time.Minute)
	for range 4 {
		if state := take(t, l, five, key); state.Reset > 10*time.Minute {
			t.Fatalf("Take = reset in %v, want the 10 minutes left of the first call's window", state.Reset)
		}
	}
	advance(t, conn, "five:"+key, 11*time.Minute)
	if state := take(t, l, five, key); state.Remaining != 4 || state.Reset <= 59*time.Minute {
		t.Errorf("Take after the window = %+v, want a new window with 4 remaining", state)
	}
}

// advance moves the window of one counter into the past.
func advance(t *testing.T, conn db.DBTX, key string, by time.Duration) {
	t.Helper()
	tag, err := conn.Exec(t.Context(), "UPDATE rate_limits SET ends_at = ends_at - $2::interval WHERE key = $1", key, by)
	if err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("move %s: %v, %d rows", key, err, tag.RowsAffected())
	}
}

// takeFifty makes 50 concurrent calls, spread over the replicas, and returns how
// many were allowed.
func takeFifty(t *testing.T, lim limit.Limit, key string, replicas ...*limit.Limits) int {
	t.Helper()
	var allowed, refused atomic.Int32
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			_, err := replicas[i%len(replicas)].Take(t.Context(), lim, key)
			switch {
			case err == nil:
				allowed.Add(1)
			case fault.Is(err, fault.TooMany):
				refused.Add(1)
			default:
				t.Errorf("Take = %v", err)
			}
		})
	}
	wg.Wait()
	if allowed.Load()+refused.Load() != 50 {
		t.Errorf("%d allowed and %d refused, want 50 in total", allowed.Load(), refused.Load())
	}
	return int(allowed.Load())
}

func TestTake_FiftyAtOnce(t *testing.T) {
	t.Parallel()
	conn := pgtest.DB(t)
	for name, replicas := range map[string][]*limit.Limits{
		"one replica":  {newLimits(conn)},
		"two replicas": {newLimits(conn), newLimits(conn)},
	} {
		for range 5 {
			if got := takeFifty(t, five, newKey(), replicas...); got != 5 {
				t.Errorf("%s: %d of 50 allowed, want 5", name, got)
			}
		}
	}
}

// Check refuses what Take would refuse, and counts nothing.
func TestCheck_CountsNothing(t *testing.T) {
	t.Parallel()
	l, key := newLimits(pgtest.DB(t)), newKey()
	for range 5 {
		for range 7 {
			if err := l.Check(t.Context(), five, key); err != nil {
				t.Fatalf("Check = %v", err)
			}
		}
		take(t, l, five, key)
	}
	if err := l.Check(t.Context(), five, key); !fault.Is(err, fault.TooMany) {
		t.Errorf("Check at the limit = %v, want TooMany", err)
	}
	wantRefused(t, l, five, key)
}

// The window starts with the first counted call, not with a check before it.
func TestCheck_StartsNoWindow(t *testing.T) {
	t.Parallel()
	conn, key := pgtest.DB(t), newKey()
	l := newLimits(conn)
	if err := l.Check(t.Context(), five, key); err != nil {
		t.Fatalf("Check = %v", err)
	}
	if _, err := conn.Exec(t.Context(), "UPDATE rate_limits SET ends_at = now() + interval '1 second' WHERE key LIKE '%' || $1", key); err != nil {
		t.Fatal(err)
	}
	if state := take(t, l, five, key); state.Reset < five.Window/2 {
		t.Errorf("Take = %+v, want a window of %s", state, five.Window)
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

// Above the limit only the first call reaches the database, with two statements:
// one counts, the other reads the time until the window ends.
func TestTake_FloodCostsNoQuery(t *testing.T) {
	t.Parallel()
	conn := &countingDB{DBTX: pgtest.DB(t)}
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

// A clearable key may be allowed again at any time, so it is not in the cache.
func TestClear(t *testing.T) {
	t.Parallel()
	l, key := newLimits(pgtest.DB(t)), newKey()
	lim := limit.Limit{Name: "guesses", Max: 1, Window: time.Hour, Clearable: true}
	take(t, l, lim, key)
	wantRefused(t, l, lim, key)
	if err := l.Clear(t.Context(), lim, key); err != nil {
		t.Fatalf("Clear = %v", err)
	}
	take(t, l, lim, key)
	wantRefused(t, l, lim, key)
}

func TestTake_Off(t *testing.T) {
	t.Parallel()
	conn := &countingDB{DBTX: pgtest.DB(t)}
	l := newLimits(conn)
	for range 100 {
		if state := take(t, l, limit.Limit{Name: "off"}, "key"); state.Max != 0 {
			t.Fatalf("Take = %+v, want nothing", state)
		}
	}
	if err := l.Check(t.Context(), limit.Limit{Name: "off"}, "key"); err != nil || conn.statements.Load() != 0 {
		t.Errorf("Check = %v after %d statements, want none", err, conn.statements.Load())
	}
}

// When the database fails, Take returns its error, not too_many_requests.
func TestTake_DatabaseDown(t *testing.T) {
	t.Parallel()
	l := newLimits(pgtest.DB(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	state, err := l.Take(ctx, five, newKey())
	if err == nil || fault.As(err) != nil || state != (fault.Limit{}) {
		t.Errorf("Take = %+v, %v, want the database's error", state, err)
	}
}
