package audit_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"stoa/domain/audit"
)

// unseen are the events that no user can see: the first concerns no user, and the account
// of the second is deleted.
var unseen = []audit.Event{"secret_key.replaced", "user.closed"}

// The list of the stored names has all events of the source. domaintest imports all
// packages that record events.
func TestDescribed_EveryEventThatAUserCanSee(t *testing.T) {
	list, err := os.Open("../../test/arch/testdata/stored_names.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	events := 0
	for lines := bufio.NewScanner(list); lines.Scan(); {
		name, ok := strings.CutPrefix(lines.Text(), "audit event ")
		if !ok {
			continue
		}
		events++
		event := audit.Event(name)
		if sentence, ok := audit.Described(event); ok == slices.Contains(unseen, event) || ok && sentence.Text == "" {
			t.Errorf("%s has the sentence %q (%v): declare it with audit.Describe beside the event, or list the event as unseen", event, sentence.Text, ok)
		}
	}
	if events < 20 {
		t.Errorf("the list has %d events", events)
	}
}
