package accounts

import (
	"testing"

	"stoa/domain/links"
)

func TestLasting(t *testing.T) {
	t.Parallel()
	for purpose, want := range map[links.Purpose]string{
		links.Verify: "24 hours", links.Reset: "1 hour", links.Confirm: "24 hours", links.Undo: "7 days",
	} {
		if got := lasting(links.Lifetime(purpose)); got != want {
			t.Errorf("a link to %s works for %q, want %q", purpose, got, want)
		}
	}
}
