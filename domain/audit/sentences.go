package audit

import (
	"fmt"
	"slices"
)

// Sentence is what a user reads of an event.
type Sentence struct {
	Text string
	// Several is the sentence for a number of refused attempts, such as "%d wrong
	// passwords": those of one day are shown as one. It is "" for other events.
	Several string
	// Warns says that the user should check whether it was them.
	Warns bool
}

// sentences are the declared sentences. Only init functions write it.
var sentences = map[Event]Sentence{}

// Describe declares the sentences of a package's events, beside the events. It panics when
// one is declared already.
func Describe(all map[Event]Sentence) {
	for event, sentence := range all {
		if _, declared := sentences[event]; declared {
			panic(fmt.Sprintf("audit: %s has two sentences", event))
		}
		sentences[event] = sentence
	}
}

// Described returns the sentence of an event, and false for an event without one. A newer
// release may have recorded such an event.
func Described(e Event) (Sentence, bool) {
	s, ok := sentences[e]
	return s, ok
}

// attempts returns the events that are shown together.
func attempts() []string {
	var events []string
	for event, sentence := range sentences {
		if sentence.Several != "" {
			events = append(events, string(event))
		}
	}
	slices.Sort(events)
	return events
}

// text returns the sentence for a number of events.
func (s Sentence) text(count int) string {
	if count > 1 {
		return fmt.Sprintf(s.Several, count)
	}
	return s.Text
}
