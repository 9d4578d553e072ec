package respond

import (
	"encoding/json"
	"errors"
	"testing"
)

// FuzzObject compares the members with the fields that encoding/json finds.
func FuzzObject(f *testing.F) {
	for _, body := range []string{
		`{}`, ` { "a" : "b" , "c":"" } `, `{"a":[1,{"b":"},:"}],"c":"\"}"}`, `{"a":{"b":1,"b":2},"\u0063":"d\\"}`, `{"a":null,"b":-0.1e9}`,
		`{"a":"\ud83d\ude00"}`, `{"a":"\ud800"}`, `{"a":"\ude00\ud83d"}`, "{\"a\":\"\xff\"}", `{"a":"\ufffd"}`,
		`{"a":1,"\u0061":2}`, `{"a":1}{}`, `{"a":1,}`, `{"a"}`, `[]`, `null`, ``, "\u00a0{}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		members, err := object(body)
		var want map[string]any
		if broken := json.Unmarshal(body, &want); broken != nil || want == nil {
			if err == nil {
				t.Fatalf("object(%q) = %+v, want an error", body, members)
			}
			return
		}
		if err == nil && len(members) < maxMembers && len(members) != len(want) {
			t.Fatalf("object(%q) = %+v, want %d members", body, members, len(want))
		}
		for _, m := range members {
			value, whole := want[m.name] // a long name is cut
			text, isText := value.(string)
			if whole && (isText == errors.Is(m.err, errNoText) || m.err == nil && text != m.text) {
				t.Fatalf("object(%q) = %+v, want %v", body, m, want)
			}
		}
	})
}

// encoding/json would replace the invalid parts of these strings.
func TestObject_ImproperUnicode(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]error{
		`"\ud83d\ude00"`: nil, `"\uD83D\uDE00 \ufffd \\ud800"`: nil, "\"\ufffd\"": nil,
		`"\ud800"`: errUnicode, `"\ud800\ud83d\ude00"`: errUnicode, `"\ude00"`: errUnicode, `"\ud83d \ude00"`: errUnicode,
		"\"\xff\"": errUnicode, "\"\xed\xa0\x80\"": errUnicode, "\"\xc0\xaf\"": errUnicode,
	} {
		if members, err := object([]byte(`{"a":` + value + `}`)); err != nil || !errors.Is(members[0].err, want) {
			t.Errorf("object with %q = %+v, %v; want the member's error %v", value, members, err, want)
		}
	}
}

func TestObject_DuplicateNames(t *testing.T) {
	t.Parallel()
	if members, err := object([]byte(`{"a":"b","\u0061":"c"}`)); err == nil {
		t.Errorf("object = %+v, want an error", members)
	}
}
