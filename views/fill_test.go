package views_test

import (
	"net/url"
	"strings"
	"testing"

	"stoa/views"
)

func TestFill(t *testing.T) {
	const page = `<!DOCTYPE html><html><head></head><body><form action="/other"><input name="title" value="other"/></form>` +
		`<form action="/items/new?q=x"><input type="hidden" name="_csrf" value="new"/><input name="title" value="stored"/>` +
		`<input type="password" name="current_password"/><input name="tag" value="a"/><input name="tag" value="b"/>` +
		`<textarea name="note">
stored</textarea><input type="checkbox" name="public" value="on" checked=""/><input type="radio" name="often" value="week" checked=""/>` +
		`<input type="radio" name="often" value="month"/><select name="kind"><option value="a" selected="">A</option><option>B</option></select></form></body></html>`
	got, err := views.Fill([]byte(page), "/items/new", url.Values{
		"title": {`"><script>`}, "_csrf": {"old"}, "current_password": {"typed"}, "tag": {"1", "2"}, "note": {"\n<b>& more"},
		"often": {"month"}, "kind": {"B"}, "unknown": {"x"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := page
	for _, change := range [][2]string{
		{`value="stored"`, `value="&#34;&gt;&lt;script&gt;"`}, {`value="a"/>`, `value="1"/>`}, {`value="b"/>`, `value="2"/>`},
		{"\nstored", "\n\n&lt;b&gt;&amp; more"}, {`value="on" checked=""`, `value="on"`}, {`value="week" checked=""`, `value="week"`},
		{`value="month"`, `value="month" checked=""`}, {`value="a" selected=""`, `value="a"`}, {`<option>B`, `<option selected="">B`},
	} {
		want = strings.Replace(want, change[0], change[1], 1)
	}
	if string(got) != want {
		t.Errorf("Fill =\n%s\nwant\n%s", got, want)
	}
}
