package rig

import (
	"maps"
	"net/url"
	"regexp"

	"github.com/PuerkitoBio/goquery"
)

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// Values has the input for the fields of a form, by name. A checkbox or radio is
// chosen by its value; "" leaves a checkbox empty.
type Values map[string]string

// Form is a form of a page.
type Form struct {
	page           *Page
	Method, Action string
	Fields         url.Values      // as a browser sends the form without input
	known          map[string]bool // every field name, chosen or not
}

// Form returns the form that matches selector. It ends the test when there is
// none.
func (p *Page) Form(selector string) Form {
	p.t.Helper()
	s := p.Find(selector).First()
	if s.Length() == 0 {
		p.t.Fatalf("%s has no %s\n%s", p.Call, selector, p.Text("body"))
	}
	return p.form(s)
}

func (p *Page) form(s *goquery.Selection) Form {
	f := Form{page: p, Method: "GET", Action: s.AttrOr("action", p.URL.RequestURI()), Fields: url.Values{}, known: map[string]bool{}}
	if s.AttrOr("method", "") == "post" {
		f.Method = "POST"
	}
	s.Find("input, textarea, select, button").Each(func(_ int, field *goquery.Selection) { f.add(field) })
	return f
}

// add adds a field as a browser does: disabled fields, unchecked boxes and buttons
// send nothing.
func (f Form) add(field *goquery.Selection) {
	name, named := field.Attr("name")
	if _, disabled := field.Attr("disabled"); !named || disabled {
		return
	}
	f.known[name] = true
	_, checked := field.Attr("checked")
	switch {
	case goquery.NodeName(field) == "button" || field.AttrOr("type", "") == "submit":
	case goquery.NodeName(field) == "textarea":
		f.Fields.Add(name, field.Text())
	case goquery.NodeName(field) == "select":
		f.Fields.Add(name, field.Find("option[selected]").AttrOr("value", ""))
	case field.AttrOr("type", "") == "checkbox" || field.AttrOr("type", "") == "radio":
		if checked {
			f.Fields.Add(name, field.AttrOr("value", "on"))
		}
	default:
		f.Fields.Add(name, field.AttrOr("value", ""))
	}
}

// Fill returns the fields with the input. A name that the form does not have ends
// the test.
func (f Form) Fill(values ...Values) url.Values {
	f.page.t.Helper()
	filled := maps.Clone(f.Fields)
	for _, typed := range values {
		for name, value := range typed {
			if !f.known[name] {
				f.page.t.Fatalf("%s: the form has no field %s", f.page.Call, name)
			}
			filled.Set(name, value)
			if value == "" && f.Fields[name] == nil {
				filled.Del(name)
			}
		}
	}
	return filled
}
