package accounts

import (
	"testing"

	"stoa/domain/onetime"
)

func TestLifetimeInWords(t *testing.T) {
	t.Parallel()
	for purpose, want := range map[onetime.Purpose]string{
		onetime.VerifyEmail: "24 hours", onetime.ResetPassword: "1 hour", onetime.ConfirmEmail: "24 hours", onetime.UndoEmail: "7 days",
	} {
		if got := lifetimeInWords(onetime.Lifetime(purpose)); got != want {
			t.Errorf("lifetimeInWords of %s = %q, want %q", purpose, got, want)
		}
	}
}
