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

// Limits counts calls in the table rate_limits. A crash of the database
// forgets the counts, for the table is unlogged; nothing else does.
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
	return &Limits{Config: c, queries: db.New(), denied: newDeniedCache(maxRemembered)}
}

// Take counts one call for the key and returns what is left. Above the limit
// it refuses with the TooMany fault too_many_requests, which says when the window
// ends. The count is one atomic statement, so that any number of calls at once
// on any number of replicas never get more through than the limit has. When
// the database cannot be asked the error is the database's and the call must
// not go on.
//
// The key is stored as it is for the length of the window: hash what is
// personal, such as an email address.
func (l *Limits) Take(ctx context.Context, lim Limit, key string) (fault.Limit, error) {
	if lim.Max == 0 {
		return fault.Limit{}, nil
	}
	key = lim.Name + ":" + key
	if wait, shut := l.denied.shut(key); shut {
		state := lim.left(lim.Max, wait)
		return state, tooMany(state)
	}
	row, err := l.queries.RateLimitTake(ctx, l.DB, db.RateLimitTakeParams{Key: key, Lifetime: lim.Window, Most: int32(lim.Max)})
	if err == nil {
		return lim.left(int(row.Count), seconds(row.SecondsLeft)), nil
	}
	var left float64
	if errors.Is(err, pgx.ErrNoRows) { // no room
		left, err = l.queries.RateLimitLeft(ctx, l.DB, key)
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // none: forgotten meanwhile
		return fault.Limit{}, fmt.Errorf("count for limit %s: %w", lim.Name, err)
	}
	state := lim.left(lim.Max, seconds(left))
	if !lim.Refundable { // over until its window ends, so the gate can answer without a query
		l.denied.close(key, state.Reset)
	}
	return state, tooMany(state)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Refund takes back a call that Take let through under a Refundable limit, such
// as a sign-in that succeeded where failures are counted. In a window that has
// started since, it takes back one of that window.
func (l *Limits) Refund(ctx context.Context, lim Limit, key string) error {
	if lim.Max == 0 {
		return nil
	}
	if err := l.queries.RateLimitGive(ctx, l.DB, lim.Name+":"+key); err != nil {
		return fmt.Errorf("give back for limit %s: %w", lim.Name, err)
	}
	return nil
}

// Clear forgets the calls counted for the key under a Refundable limit.
func (l *Limits) Clear(ctx context.Context, lim Limit, key string) error {
	if err := l.queries.RateLimitClear(ctx, l.DB, lim.Name+":"+key); err != nil {
		return fmt.Errorf("clear limit %s: %w", lim.Name, err)
	}
	return nil
}

// Expire deletes counters whose window has ended, at most so many, and returns
// how many it deleted.
func (l *Limits) Expire(ctx context.Context, most int32) (int64, error) {
	return l.queries.RateLimitExpire(ctx, l.DB, most)
}
