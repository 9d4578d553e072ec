package accounts

import (
	"testing"

	"stoa/domain/onetime"
)

func TestLasting(t *testing.T) {
	t.Parallel()
	for purpose, want := range map[onetime.Purpose]string{
		onetime.Verify: "24 hours", onetime.Reset: "1 hour", onetime.Confirm: "24 hours", onetime.Undo: "7 days",
	} {
		if got := lasting(onetime.Lifetime(purpose)); got != want {
			t.Errorf("a link to %s works for %q, want %q", purpose, got, want)
		}
	}
}
