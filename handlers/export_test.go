package handlers_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
)

// Users compare exports as text, so the fields keep their order. New ones follow.
func TestExport_OrderOfFields(t *testing.T) {
	t.Parallel()
	s := start(t)
	got := s.client(t).send("POST", "/api/users/me/export", `{"password":"`+domaintest.Password+`"}`, bearer(s.Register(t, signin.API)))
	wantStatus(t, "export", got, 200)
	want := []string{"user", "sessions", "links", "letters", "security_events", "security_events_complete"}
	names := fieldNames(t, got.body)
	if diff := cmp.Diff(want, names[:min(len(names), len(want))]); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// fieldNames returns the names of an object's fields in their order.
func fieldNames(t *testing.T, object string) []string {
	t.Helper()
	var names []string
	dec := json.NewDecoder(strings.NewReader(object))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
	}
	return names
}
