package main

import (
	"os"
	"testing"
)

func TestTable_IsUpToDate(t *testing.T) {
	t.Parallel()
	want, err := table(t.Context(), "../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../" + document)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not what the source says. Run: make generate", document)
	}
}
