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
