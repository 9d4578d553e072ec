package signin

import (
	"context"
	"errors"
	"testing"

	"stoa/platform/fault"
)

func TestResultOf(t *testing.T) {
	t.Parallel()
	for want, errs := range map[string][]error{
		"success":     {nil},
		"refused":     {&fault.Error{Kind: fault.Unauthenticated}, &fault.Error{Kind: fault.Forbidden}},
		"limited":     {&fault.Error{Kind: fault.TooMany}},
		"invalid":     {fault.InvalidField("email", "x", "x"), &fault.Error{Kind: fault.Malformed}},
		"unavailable": {&fault.Error{Kind: fault.Unavailable}, context.DeadlineExceeded},
		"error":       {errors.New("x")},
	} {
		for _, err := range errs {
			if got := resultOf(err); got != want {
				t.Errorf("resultOf(%v) = %q, want %q", err, got, want)
			}
		}
	}
}
