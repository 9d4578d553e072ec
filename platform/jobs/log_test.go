package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestLogger_ErrorsOnly(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := slog.New(errorFilter{slog.NewTextHandler(&out, nil)}).With("client", "one").WithGroup("river")
	log.Info("elected")
	log.Warn("slow")
	log.Error("cut off", "queues", "default", "err", fmt.Errorf("notify: %w", context.Canceled).Error())
	log.Error("cut off", "err", context.Canceled)
	log.Error("leadership.Elector: Error attempting to resign", "err", errors.New("timed out"))
	if out.Len() != 0 {
		t.Errorf("harmless lines were written:\n%s", out.String())
	}
	log.Error("broken", "err", errors.New("no connection"))
	if got := out.String(); !strings.Contains(got, "broken") || !strings.Contains(got, "client=one river.err=") {
		t.Errorf("the line of an error is %q", got)
	}
}
