package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	all := reference(v.Name)
	nav := views.APINav{Chapters: all.Chapters, Nouns: all.Nouns}
	there := nav
	there.Current, there.Lang, there.Search = "sessions", "go", v.Name
	frame := func(user *views.Viewer, name string) views.APIPage {
		return views.APIPage{Chrome: chrome("/docs/api", user), Name: name, Description: v.Name}
	}
	return samples{
		"api index":         {"docs/_index", index(all, nav)},
		"api noun":          {"docs/_noun", views.APINounPage{APINoun: all.Nouns[0], Nav: there}},
		"api frame":         {"shells/reference_top", frame(nil, "")},
		"api signed in":     {"shells/reference_top", frame(&v, v.Name)},
		"api found":         {"docs/search", views.APISearch{APIPage: hidden(frame(nil, "Search")), Nav: there, Found: all.Nouns}},
		"api nothing found": {"docs/search", views.APISearch{APIPage: hidden(frame(&v, "Search")), Nav: there}},
	}
})

// hidden returns the frame of a page that search engines do not index.
func hidden(p views.APIPage) views.APIPage {
	p.Description = ""
	return p
}

func index(all views.APIReference, nav views.APINav) views.APIIndex {
	return views.APIIndex{
		APIReference: all, Nav: nav, Languages: []views.Language{{ID: "curl", Name: "curl"}, {ID: "go", Name: "Go"}},
		Variables: views.APISnippet{Title: "Variables", Code: spans("export STOA=x")}, Problem: views.APISnippet{Title: "422", Code: spans("{}")},
	}
}

func spans(text string) []views.Span { return []views.Span{{Text: text}, {Class: "k", Text: text}} }

func reference(text string) views.APIReference {
	fields := []views.APIField{{Name: text, Type: "string", Description: spans(text), Required: true}, {Name: "bio", Type: "string"}}
	op := views.APIOperation{
		ID: "endSession", Method: "DELETE", Path: "/api/users/me/sessions/{id}", Summary: text, Description: spans(text), Auth: text,
		Params:   []views.APIParam{{Name: "id", In: "path", Type: "uuid", Description: spans(text), Required: true}, {Name: "q", In: "query", Type: "string"}},
		Request:  fields,
		Examples: []views.APIExample{{Lang: views.Language{ID: "curl", Name: "curl"}, Code: spans(text)}, {Lang: views.Language{ID: "go", Name: "Go"}, Code: spans(text)}},
		Responses: []views.APIResponse{
			{Status: 200, Reason: "OK", Description: spans(text), Fields: fields, Example: spans(text)},
			{Status: 404, Description: spans(text), Codes: []string{"not_found", text}}, {Status: 409, Description: spans(text)},
			{Status: 503, Description: spans(text), Codes: []string{"busy", "unavailable"}, Shared: true},
		},
	}
	bare := views.APIOperation{ID: "listSessions", Method: "GET", Path: "/api/users/me/sessions", Summary: text, Examples: op.Examples, Responses: []views.APIResponse{{Status: 204, Description: spans(text)}}}
	signIn := op
	signIn.ID = "login"
	return views.APIReference{
		BaseURL: "https://stoa.example", Summary: text, Lead: spans(text), SignIn: &signIn,
		Chapters:   []views.APIChapter{{ID: "tokens", Title: text, HTML: "<p>Text</p>"}, {ID: "errors", Title: "Errors"}},
		Nouns:      []views.APINoun{{ID: "sessions", Name: "Sessions", Description: spans(text), Operations: []views.APIOperation{op, bare}}},
		Codes:      []views.APICode{{Status: 404, Code: "not_found", Meaning: spans(text)}},
		FieldCodes: []views.APICode{{Code: "too_short", Meaning: spans(text)}},
	}
}
