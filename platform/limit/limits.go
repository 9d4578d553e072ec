package limit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/platform/fault"
)

// Limits counts calls in the table rate_limits. The table is unlogged, so a crash
// of PostgreSQL deletes the counts. A regular restart does not.
type Limits struct {
	Config
	queries *db.Queries
	denied  *deniedCache
}

// Config is what Limits needs.
type Config struct {
	// DB is the database that keeps the counters. It must not be a transaction of
	// the caller: a call counts even when the caller's work is rolled back.
	DB db.DBTX
}

// New returns limits that count in the database of the configuration.
func New(c Config) *Limits {
	return &Limits{Config: c, queries: db.New(), denied: newDeniedCache(maxDenied)}
}

// Take counts one call for the key and returns the state of the limit. Above the
// limit it returns the TooMany fault too_many_requests with the time until the
// window ends. Take counts with one atomic statement, so that concurrent calls on
// any number of replicas never exceed the limit. When the database fails, Take
// returns its error, and the caller must refuse the call.
//
// The key is stored in clear until the window ends: hash personal data, such as an
// email address.
func (l *Limits) Take(ctx context.Context, lim Limit, key string) (fault.Limit, error) {
	return l.count(ctx, lim, key, 1)
}

// Check is Take without counting: it returns the fault that a call would get. It
// runs the same statement, so that its time does not tell it from Take.
func (l *Limits) Check(ctx context.Context, lim Limit, key string) error {
	_, err := l.count(ctx, lim, key, 0)
	return err
}

func (l *Limits) count(ctx context.Context, lim Limit, key string, calls int32) (fault.Limit, error) {
	if lim.Max == 0 {
		return fault.Limit{}, nil
	}
	key = lim.Name + ":" + key
	if wait, denied := l.denied.denied(key); denied {
		state := lim.state(lim.Max, wait)
		return state, tooMany(state)
	}
	row, err := l.queries.RateLimitTake(ctx, l.DB, db.RateLimitTakeParams{Key: key, Calls: calls, Lifetime: lim.Window, Most: int32(lim.Max)})
	if err == nil {
		return lim.state(int(row.Count), seconds(row.SecondsLeft)), nil
	}
	var left float64
	if errors.Is(err, pgx.ErrNoRows) { // over the limit
		left, err = l.queries.RateLimitLeft(ctx, l.DB, key)
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // no row: the counter was deleted meanwhile
		return fault.Limit{}, fmt.Errorf("count for limit %s: %w", lim.Name, err)
	}
	state := lim.state(lim.Max, seconds(left))
	if !lim.Clearable { // the key is over its limit until the window ends
		l.denied.deny(key, state.Reset)
	}
	return state, tooMany(state)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Clear deletes the calls counted for the key under a Clearable limit.
func (l *Limits) Clear(ctx context.Context, lim Limit, key string) error {
	if err := l.queries.RateLimitClear(ctx, l.DB, lim.Name+":"+key); err != nil {
		return fmt.Errorf("clear limit %s: %w", lim.Name, err)
	}
	return nil
}

// Expire deletes counters of ended windows, at most so many, and returns the number
// of deleted counters.
func (l *Limits) Expire(ctx context.Context, most int32) (int64, error) {
	return l.queries.RateLimitExpire(ctx, l.DB, most)
}
