package convert_test

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stoa/platform/convert"
)

func TestAll(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{"1", "2"}, convert.All([]int{1, 2}, strconv.Itoa)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := convert.All(nil, strconv.Itoa); got == nil || len(got) != 0 {
		t.Errorf("All(nil) = %#v, want an empty list", got)
	}
}
