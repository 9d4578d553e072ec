package views_test

import "stoa/views"

var _ = samplesOf(func(v views.Viewer) samples {
	return samples{
		"landing":       {"public/landing", views.Landing{Chrome: chrome("/", nil)}},
		"privacy":       {"site/privacy", views.Privacy{Chrome: chrome("/privacy", nil)}},
		"terms":         {"site/terms", views.Terms{Chrome: chrome("/terms", &v)}},
		"changelog":     {"site/changelog", views.Changelog{Chrome: chrome("/changelog", nil)}},
		"api reference": {"docs/_reference", reference(v.Name)},
		"api signed in": {"shells/public_top", views.APIPage{Chrome: chrome("/docs/api", &v)}},
	}
})

func reference(text string) views.APIReference {
	fields := []views.APIField{{Name: text, Type: "string", Description: text, Required: true}, {Name: "bio", Type: "string"}}
	return views.APIReference{
		BaseURL: "https://stoa.example", Version: "1", Codes: []views.APICode{{Status: 404, Code: "not_found", Meaning: text}},
		Groups: []views.APIGroup{{ID: "sessions", Name: "Sessions", Description: text, Operations: []views.APIOperation{{
			ID: "session-end", Method: "DELETE", Path: "/api/users/me/sessions/{id}", Summary: text, Description: text, Auth: text,
			Params:  []views.APIParam{{Name: "id", In: "path", Type: "uuid", Description: text, Required: true}, {Name: "q", In: "query", Type: "string"}},
			Request: fields, RequestExample: text, Curl: text,
			Responses: []views.APIResponse{
				{Status: 200, Description: text, Fields: fields, Example: `{"name": "` + text + `"}`}, {Status: 204, Description: text},
				{Status: 404, Description: text, Fields: fields[:1]}, {Status: 503, Description: text},
			},
		}}}},
	}
}
