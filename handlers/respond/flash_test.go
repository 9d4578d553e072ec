package respond

import (
	"strconv"
	"testing"

	"stoa/views"
)

var (
	plainFlash   = NewFlash("test-plain", views.Info, "Plain.")
	countedFlash = NewCountedFlash("test-counted", func(n int) string { return strconv.Itoa(n) + " ended." })
)

func TestFlashOf_DeclaredCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]Flash{"test-plain": plainFlash, "test-counted.3": countedFlash.With(3)} {
		got, ok := flashOf(code)
		if !ok || got != want || got.code != code {
			t.Errorf("flashOf(%q) = %+v, %t; want %+v", code, got, ok, want)
		}
	}
}

// A client can write any text into the cookie.
func TestFlashOf_ForgedCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		"", "<b>", "unknown", "unknown.3", "test-plain.3", "test-counted", "test-counted.", "test-counted.<b>",
		"test-counted.-1", "test-counted.3.4", "test-counted.65536",
	} {
		if got, ok := flashOf(code); ok {
			t.Errorf("flashOf(%q) = %+v, want no message", code, got)
		}
	}
}
