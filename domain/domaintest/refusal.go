package domaintest

import (
	"testing"

	"stoa/platform/fault"
)

// Refusal returns the code with which err refuses the field, or "" when err does
// not refuse it.
func Refusal(err error, field string) string {
	e := fault.As(err)
	if e == nil || e.Kind != fault.Invalid {
		return ""
	}
	for _, f := range e.Fields {
		if f.Name == field && f.Message != "" {
			return f.Code
		}
	}
	return ""
}

// WantField fails the test unless err refuses that field with that code.
func WantField(t testing.TB, what string, err error, field, code string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || len(f.Fields) == 0 || f.Fields[0].Name != field || f.Fields[0].Code != code {
		t.Errorf("%s = %v, want %s: %s", what, err, field, code)
	}
}
