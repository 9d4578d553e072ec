package wiring_test

import (
	"io"
	"strings"
	"testing"

	"stoa/platform/wiring"
)

type config struct {
	Part     *int
	Hook     func() `wiring:"optional"`
	Name     string
	Callback func()
}

type noun struct{ config }

func TestCheck(t *testing.T) {
	t.Parallel()
	whole := config{Part: new(int), Callback: func() {}}
	for want, part := range map[string]any{
		"":                               whole,
		"config.Part is nil":             config{Callback: func() {}},
		"config.Callback is nil":         &noun{config: config{Part: new(int)}},
		"resource.noun is nil":           resource{},
		"resource.fallback is nil":       resource{noun: &noun{config: whole}},
		"wiring_test.config.Part is nil": resource{noun: &noun{}, fallback: io.EOF},
	} {
		if got := refusal(part); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("Check(%T) = %q, want %q", part, got, want)
		}
	}
}

func TestChecked(t *testing.T) {
	t.Parallel()
	whole := config{Part: new(int), Callback: func() {}}
	if got := wiring.Checked(whole); got.Part != whole.Part {
		t.Errorf("Checked(%v) = %v", whole, got)
	}
	defer func() {
		if got, want := recover(), "wiring: wiring_test.config.Part is nil"; got != want {
			t.Errorf("Checked of a configuration without Part: %v, want %s", got, want)
		}
	}()
	wiring.Checked(config{Callback: func() {}})
}

// resource has unexported fields, as the resources of the handlers do.
type resource struct {
	noun     *noun
	fallback error
}

// refusal returns the panic of Check.
func refusal(part any) (text string) {
	defer func() {
		if cause := recover(); cause != nil {
			text = cause.(string)
		}
	}()
	wiring.Check(part)
	return ""
}
