// Package limit counts calls against limits that all replicas share. It is our own
// because Fiber's limiter reads and writes its storage in separate steps: three
// replicas admitted 15 calls of 5, and every call when the storage failed.
package limit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"stoa/platform/fault"
)

// The largest values of a setting.
const (
	maxCalls  = 1_000_000
	maxWindow = 30 * 24 * time.Hour
)

// Limit is the number of calls of one kind that a key may make within a window. The
// window starts with the key's first counted call.
type Limit struct {
	Name   string
	Max    int // 0: no limit
	Window time.Duration
	// Clearable is set when Clear may delete counted calls, so that a refusal is not
	// remembered until the window ends.
	Clearable bool
}

// ParseLimit parses a count and a window such as "5/1m", or "off". The count is
// from 1 to 1,000,000, the window from one second to 30 days.
func ParseLimit(s string) (Limit, error) {
	if s == "off" {
		return Limit{}, nil
	}
	count, window, ok := strings.Cut(s, "/")
	most, err := strconv.Atoi(count)
	if !ok || err != nil || most < 1 || most > maxCalls {
		return Limit{}, fmt.Errorf("limit %q: want a count from 1 to %d and a time, such as 5/1m, or off", s, maxCalls)
	}
	within, err := time.ParseDuration(window)
	if err != nil || within < time.Second || within > maxWindow {
		return Limit{}, fmt.Errorf("limit %q: want a time from 1s to 720h after the slash, such as 5/1m", s)
	}
	return Limit{Max: most, Window: within}, nil
}

// UnmarshalText parses the text with ParseLimit and sets Max and Window. It does
// not change the other fields.
func (l *Limit) UnmarshalText(text []byte) error {
	parsed, err := ParseLimit(string(text))
	if err == nil {
		l.Max, l.Window = parsed.Max, parsed.Window
	}
	return err
}

// String returns the form that ParseLimit parses: "5/1m0s", or "off".
func (l Limit) String() string {
	if l.Max == 0 {
		return "off"
	}
	return fmt.Sprintf("%d/%s", l.Max, l.Window)
}

// state returns the limit with its remaining calls after count calls.
func (l Limit) state(count int, reset time.Duration) fault.Limit {
	return fault.Limit{
		Name: l.Name, Max: l.Max, Window: l.Window,
		Remaining: max(0, l.Max-count), Reset: max(0, reset),
	}
}

func tooMany(state fault.Limit) error {
	return &fault.Error{
		Kind: fault.TooMany, Code: "too_many_requests", Message: "Too many tries. Wait a while, then try again.",
		RetryAfter: state.Reset, Limit: &state,
	}
}
