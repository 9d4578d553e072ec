package views_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"stoa/views"
)

func TestInputs_EachWithItsError(t *testing.T) {
	t.Parallel()
	names := []string{"a", "b", "c", "d", "e", "f", "g"}
	inputs := refused(names...).Inputs(
		views.Field{Name: "x", ID: "a"}, views.Field{Name: "b", Type: "password"}, views.Number{Name: "c"}, views.Moment{Name: "d"},
		views.Select{Name: "e"}, views.TextArea{Name: "f"}, views.Choice{Name: "g"}, views.Checkbox{Name: "h"},
	)
	doc := document(t, sample{"shared/inputs", inputs})
	for _, name := range names {
		if got := doc.Find("#" + name + "-error").Length(); got != 1 {
			t.Errorf("the input %s has %d errors", name, got)
		}
	}
	if got := doc.Find("input, select, textarea").Length(); got != 7 { // a choice without options has none
		t.Errorf("%d inputs", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("Inputs accepts a Pill")
		}
	}()
	new(views.Errors).Inputs(views.Pill{})
}

func TestLabels(t *testing.T) {
	t.Parallel()
	kinds := views.Labels{{Value: "article", Label: "Article"}, {Value: "book", Label: "Book"}}
	article, book := views.Option{Value: "article", Label: "Article"}, views.Option{Value: "book", Label: "Book", Checked: true}
	if diff := cmp.Diff([]views.Option{{Label: "Choose a kind"}, article, book}, kinds.Options("Choose a kind", "book")); diff != "" {
		t.Errorf("Options (-want +got):\n%s", diff)
	}
	if got := kinds.For("book") + kinds.For("song"); got != "Booksong" {
		t.Errorf("For = %q", got)
	}
}
