package domaintest

import "stoa/platform/fault"

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
