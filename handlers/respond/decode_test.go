package respond

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/valyala/fasthttp"

	"stoa/platform/fault"
)

// every has a field of each type that DecodeJSON reads.
type every struct {
	Text    string    `json:"text"`
	Flag    bool      `json:"flag"`
	Count   int       `json:"count"`
	Small   int8      `json:"small"`
	Ratio   float64   `json:"ratio"`
	At      time.Time `json:"at"`
	Tags    []string  `json:"tags"`
	Address place     `json:"address"`
	Stops   []place   `json:"stops"`

	Note  string    `json:"note,omitzero"`
	Rank  int       `json:"rank,omitzero"`
	Until time.Time `json:"until,omitzero"`
	Marks []float64 `json:"marks,omitzero"`
	Other place     `json:"other,omitzero"`
}

type place struct {
	City string `json:"city"`
	Code string `json:"code,omitzero"`
}

const whole = `{"text":"a","flag":true,"count":-7,"small":127,"ratio":1.5e3,"at":"2026-03-01T09:30:00Z","tags":["x","y"],` +
	`"address":{"city":"Rome"},"stops":[{"city":"Pisa","code":"PI"},{"city":"Bari"}]}`

func into[T any](body string) (T, error) {
	var in T
	err := decode([]byte(body), reflect.ValueOf(&in).Elem(), false)
	return in, err
}

// refusals returns the refused fields as "name code", in their order.
func refusals(err error) []string {
	var list []string
	if f := fault.As(err); f != nil {
		for _, field := range f.Fields {
			list = append(list, field.Name+" "+field.Code)
		}
	}
	return list
}

func TestDecode_EveryType(t *testing.T) {
	t.Parallel()
	want := every{
		Text: "a", Flag: true, Count: -7, Small: 127, Ratio: 1500, At: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC), Tags: []string{"x", "y"},
		Address: place{City: "Rome"}, Stops: []place{{City: "Pisa", Code: "PI"}, {City: "Bari"}},
	}
	got, err := into[every](whole)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("decode: %v, (-want +got)\n%s", err, diff)
	}
	want.Note, want.Rank, want.Marks, want.Until, want.Other = "n", 3, []float64{}, want.At, place{City: "Oslo"}
	got, err = into[every](strings.TrimSuffix(whole, "}") + `,"note":"n","rank":3,"marks":[],"until":"2026-03-01T09:30:00Z","other":{"city":"Oslo"}}`)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("decode with the optional fields: %v, (-want +got)\n%s", err, diff)
	}
}

// An object that a patch has replaces the old one.
func TestDecode_Patch(t *testing.T) {
	t.Parallel()
	stored := every{Text: "a", Flag: true, Tags: []string{"x"}, Address: place{City: "Rome", Code: "RM"}, Rank: 3}
	in := stored
	if err := decode([]byte(`{"flag":false,"address":{"city":"Bari"},"rank":0}`), reflect.ValueOf(&in).Elem(), true); err != nil {
		t.Fatal(err)
	}
	want := stored
	want.Flag, want.Address, want.Rank = false, place{City: "Bari"}, 0
	if diff := cmp.Diff(want, in); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for body, want := range map[string]string{
		`{}`: "", `{"text":null}`: "text wrong_type", `{"Text":"b"}`: "Text unknown", `{"address":{"code":"BA"}}`: "address.city required",
		`{"stops":[{}]}`: "stops[0].city required",
	} {
		if err := decode([]byte(body), reflect.ValueOf(&in).Elem(), true); strings.Join(refusals(err), ", ") != want {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

func TestDecode_RefusesByField(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ old, new, want string }{
		{`"text":"a"`, `"text":null`, "text wrong_type"},
		{`"text":"a"`, `"text":"\ud800"`, "text invalid_text"},
		{`"text":"a",`, ``, "text required"},
		{`"flag":true`, `"flag":"true"`, "flag wrong_type"},
		{`"flag":true`, `"flag":1`, "flag wrong_type"},
		{`"count":-7`, `"count":"-7"`, "count wrong_type"},
		{`"count":-7`, `"count":1.0`, "count wrong_type"},
		{`"count":-7`, `"count":1e3`, "count wrong_type"},
		{`"count":-7`, `"count":9223372036854775808`, "count out_of_range"},
		{`"small":127`, `"small":128`, "small out_of_range"},
		{`"small":127`, `"small":` + strings.Repeat("9", 5000), "small out_of_range"},
		{`"ratio":1.5e3`, `"ratio":1e400`, "ratio out_of_range"},
		{`"ratio":1.5e3`, `"ratio":"NaN"`, "ratio wrong_type"},
		{`"at":"2026-03-01T09:30:00Z"`, `"at":"2026-03-01"`, "at invalid_time"},
		{`"at":"2026-03-01T09:30:00Z"`, `"at":1772357400`, "at wrong_type"},
		{`"tags":["x","y"]`, `"tags":null`, "tags wrong_type"},
		{`"tags":["x","y"]`, `"tags":"x"`, "tags wrong_type"},
		{`"tags":["x","y"]`, `"tags":["x",null,["y"]]`, "tags[1] wrong_type, tags[2] wrong_type"},
		{`{"city":"Rome"}`, `{"city":7,"zip":"1"}`, "address.city wrong_type, address.zip unknown"},
		{`{"city":"Rome"}`, `{}`, "address.city required"},
		{`{"city":"Rome"}`, `[]`, "address wrong_type"},
		{`{"city":"Bari"}`, `{"code":null}`, "stops[1].code wrong_type, stops[1].city required"},
		{`"flag"`, `"note":null,"flag"`, "note wrong_type"},
		{`"flag"`, `"marks":[1,"2"],"flag"`, "marks[1] wrong_type"},
		{`"flag"`, `"other":null,"flag"`, "other wrong_type"},
		{`"flag":true`, `"Flag":true`, "Flag unknown, flag required"},
		{`"flag"`, `"admin":{"a":1,"a":[{}]},"flag"`, "admin unknown"},
	} {
		body := strings.Replace(whole, tt.old, tt.new, 1)
		if _, err := into[every](body); !fault.Is(err, fault.Invalid) || strings.Join(refusals(err), ", ") != tt.want {
			t.Errorf("%.60s: %v, want %s", tt.new, err, tt.want)
		}
	}
}

func TestDecode_RangeIsNamed(t *testing.T) {
	t.Parallel()
	_, err := into[every](strings.Replace(whole, "127", "1000", 1))
	if f := fault.As(err); f == nil || f.Fields[0].Message != "This number must be from -128 to 127." {
		t.Errorf("decode = %+v, want the range of the number", f)
	}
}

func TestDecode_NameTwice(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"text":"b","\u0074ext":"c"}`:                             "Send the field text once: it is in the body twice.",
		strings.Replace(whole, `{"city"`, `{"city":"a","city"`, 1): "Send the field address.city once: it is in the body twice.",
		`{"x":1,"x":1}`: "Send the field x once: it is in the body twice.",
	} {
		_, err := into[every](body)
		if f := fault.As(err); f == nil || f.Kind != fault.Malformed || f.Message != want {
			t.Errorf("%.60s: %+v, want %q", body, f, want)
		}
	}
}

// encoding/json would replace the invalid parts of these strings.
func TestDecode_ImproperUnicode(t *testing.T) {
	t.Parallel()
	for value, valid := range map[string]bool{
		`"\ud83d\ude00"`: true, `"\uD83D\uDE00 \ufffd \\ud800"`: true, "\"\ufffd\"": true,
		`"\ud800"`: false, `"\ud800\ud83d\ude00"`: false, `"\ude00"`: false, `"\ud83d \ude00"`: false,
		"\"\xff\"": false, "\"\xed\xa0\x80\"": false, "\"\xc0\xaf\"": false,
	} {
		_, err := into[place](`{"city":` + value + `}`)
		if valid != (err == nil) || !valid && strings.Join(refusals(err), "") != "city invalid_text" {
			t.Errorf("decode of %q = %v, want it valid: %v", value, err, valid)
		}
	}
}

// A hostile body costs little memory, and the response to it is small.
func TestDecode_HostileBodies(t *testing.T) {
	const size = 1 << 20
	fill := func(open, item, end string) string {
		return open + strings.Repeat(item, (size-len(open)-len(end))/len(item)) + end
	}
	many := strings.Builder{}
	for i := 0; many.Len() < size-20; i++ {
		fmt.Fprintf(&many, `"n%d":1,`, i)
	}
	for what, body := range map[string]string{
		"many names":        "{" + many.String() + `"z":1}`,
		"many inner names":  `{"address":{` + many.String() + `"z":1}}`,
		"long name":         fill(`{"`, "é", `":1}`),
		"many items":        fill(`{"tags":[`, `"",`, `""]}`),
		"many wrong items":  fill(`{"tags":[`, `0,`, `0]}`),
		"many objects":      fill(`{"stops":[`, `{"city":""},`, `{"city":""}]}`),
		"many empty ones":   fill(`{"stops":[`, `{},`, `{}]}`),
		"deep value":        fill(`{"admin":`, `[`, ``),
		"deep list":         fill(`{"tags":`, `[`, ``),
		"many digits":       fill(`{"count":`, `9`, `}`),
		"many float digits": fill(`{"ratio":`, `9`, `}`),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := into[every](body)
		runtime.ReadMemStats(&after)
		if f := fault.As(err); f == nil || len(f.Fields) > maxRefused {
			t.Errorf("%s: %d refused fields, want up to %d", what, len(f.Fields), maxRefused)
		} else if text := f.Error(); len(text) > 10_000 {
			t.Errorf("%s: an error of %d bytes", what, len(text))
		}
		if cost := after.TotalAlloc - before.TotalAlloc; cost > 6*size {
			t.Errorf("%s: %d bytes of memory, want up to six times the body", what, cost)
		}
	}
}

func TestDecode_TooManyItems(t *testing.T) {
	t.Parallel()
	list := func(n int) string {
		return `{"a":["x"],"b":[` + strings.TrimSuffix(strings.Repeat(`"x",`, n), ",") + `]}`
	}
	type lists struct {
		A []string `json:"a"`
		B []string `json:"b"`
	}
	if got, err := into[lists](list(maxItems - 1)); err != nil || len(got.B) != maxItems-1 {
		t.Errorf("%d items = %d, %v; want them all", maxItems, len(got.B), err)
	}
	if _, err := into[lists](list(maxItems)); strings.Join(refusals(err), "") != "b too_many" {
		t.Errorf("one item more = %v, want b too_many", err)
	}
}

func TestFieldsOf_UnsupportedStruct(t *testing.T) {
	t.Parallel()
	type node struct {
		Inner []node `json:"inner"`
	}
	for want, in := range map[string]any{
		"it is a map[string]string": struct {
			A map[string]string `json:"a"`
		}{},
		"it is a interface {}": struct {
			A any `json:"a"`
		}{},
		"it is a uint8": struct {
			A []byte `json:"a"`
		}{},
		"it is a *string": struct {
			A *string `json:"a"`
		}{},
		".A: it must": struct{ A string }{},
		".B: it must": struct {
			B string `json:"b,omitempty"`
		}{},
		"deeper than 6 levels": node{},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("fieldsOf(%T) panicked with %q, want %q", in, got, want)
				}
			}()
			fieldsOf(reflect.TypeOf(in))
		}()
	}
}

// FuzzDecode compares the result with that of encoding/json.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		whole, `{}`, ` { "text" : "b" , "note":"" } `, `{"text":[1,{"b":"},:"}],"c":"\"}"}`, `{"address":{"city":1,"city":2},"\u0063":"d\\"}`,
		`{"text":null,"ratio":-0.1e9}`, `{"text":"\ud83d\ude00"}`, `{"text":"\ud800"}`, `{"text":"\ude00\ud83d"}`, "{\"text\":\"\xff\"}",
		`{"a":1,"\u0061":2}`, `{"a":1}{}`, `{"a":1,}`, `{"a"}`, `[]`, `null`, ``, "\u00a0{}", `{"tags":[`, `{"stops":[{"city":"a"},{}]}`, `{"count":-0}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := into[every](string(body))
		var object map[string]json.RawMessage
		if broken := json.Unmarshal(body, &object); broken != nil || object == nil {
			if !fault.Is(err, fault.Malformed) {
				t.Fatalf("decode(%q) = %v, want it malformed", body, err)
			}
			return
		}
		if f := fault.As(err); f != nil {
			if f.Kind == fault.Malformed && !strings.HasPrefix(f.Message, "Send the field ") {
				t.Fatalf("decode(%q) = %v, want an object", body, err)
			}
			return
		}
		var want every
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("decode(%q) = %+v; encoding/json: %v", body, got, err)
		}
		if diff := cmp.Diff(want, got); diff != "" || math.IsInf(got.Ratio, 0) {
			t.Fatalf("decode(%q) (-encoding/json +got):\n%s", body, diff)
		}
	})
}

func BenchmarkDecodeJSON_Login(b *testing.B) {
	app := fiber.New()
	c := app.AcquireCtx(&fasthttp.RequestCtx{})
	c.Request().Header.SetContentType(fiber.MIMEApplicationJSON)
	c.Request().SetBodyString(`{"email":"ada@example.com","password":"seven brass anchors"}`)
	b.ReportAllocs()
	for b.Loop() {
		var in struct {
			Email    string `json:"email"`
			Password string `json:"password"`
		}
		if err := DecodeJSON(c, &in); err != nil || in.Password == "" {
			b.Fatal(in, err)
		}
	}
}
