package limit_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stoa/platform/limit"
)

func TestParseLimit(t *testing.T) {
	for in, want := range map[string]limit.Limit{
		"off":          {},
		"5/1m":         {Max: 5, Window: time.Minute},
		"3/1h":         {Max: 3, Window: time.Hour},
		"1/1s":         {Max: 1, Window: time.Second},
		"1000000/720h": {Max: 1_000_000, Window: 720 * time.Hour},
		"10/1h30m":     {Max: 10, Window: 90 * time.Minute},
	} {
		got, err := limit.ParseLimit(in)
		if err != nil || got != want {
			t.Errorf("ParseLimit(%q) = %v, %v, want %v", in, got, err, want)
		}
		if again, err := limit.ParseLimit(got.String()); err != nil || again != want {
			t.Errorf("ParseLimit(%q) of String() = %v, %v, want %v", got.String(), again, err, want)
		}
	}
}

func TestParseLimit_Refused(t *testing.T) {
	for _, in := range []string{
		"", "OFF", "5", "5/", "/1m", "0/1m", "-1/1m", "5/m", "5/1", "5/-1m", "5/0s", "5/999ms", "5/721h", "1000001/1m", "5 /1m", "5/1m/1m", "1e3/1m", "99999999999999999999/1m", "5/1d",
	} {
		if got, err := limit.ParseLimit(in); err == nil {
			t.Errorf("ParseLimit(%q) = %v, want an error", in, got)
		}
	}
}

func TestUnmarshalText(t *testing.T) {
	got := limit.Limit{Name: "login", Max: 1, Window: time.Second, Clearable: true}
	if err := got.UnmarshalText([]byte("5/1m")); err != nil {
		t.Fatal(err)
	}
	want := limit.Limit{Name: "login", Max: 5, Window: time.Minute, Clearable: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("UnmarshalText (-want +got):\n%s", diff)
	}
	if err := got.UnmarshalText([]byte("many")); err == nil || got != want {
		t.Errorf("UnmarshalText(many) = %v and %v, want an error and no change", err, got)
	}
}
