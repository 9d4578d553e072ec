package views

import "fmt"

// APIPage is the frame (shells/public) of the reference of the JSON API.
type APIPage struct{ Chrome }

// APIReference is docs/_reference, the reference of the JSON API without a
// script: what the page says to everybody.
type APIReference struct {
	BaseURL string // where the examples call
	Version string
	Groups  []APIGroup
	Codes   []APICode // every code an error can carry
}

// APIGroup is a chapter of the reference.
type APIGroup struct {
	ID, Name, Description string
	Operations            []APIOperation
}

// APIOperation is one method on one path.
type APIOperation struct {
	ID             string // unique on the page, for links
	Method, Path   string
	Summary        string
	Description    string // plain text
	Auth           string // in words; empty when anybody may call it
	Params         []APIParam
	Request        []APIField
	RequestExample string // JSON
	Curl           string
	Responses      []APIResponse
}

// APIParam is a parameter outside the body.
type APIParam struct {
	Name, In, Type, Description string
	Required                    bool
}

// APIField is a field of a JSON object.
type APIField struct {
	Name, Type, Description string
	Required                bool
}

// APIResponse is one possible answer.
type APIResponse struct {
	Status      int
	Description string
	Fields      []APIField
	Example     string // JSON; empty when there is no body
}

// APICode is one stable error code.
type APICode struct {
	Status        int
	Code, Meaning string
}

// Title is the page's name in the browser.
func (APIPage) Title() string { return "API reference" }

// Description is the page's sentence for search engines.
func (APIPage) Description() string {
	return "Every call of the Stoa JSON API: fields, answers, errors and examples."
}

// Tone colours the status of an answer.
func (r APIResponse) Tone() Tone {
	switch {
	case r.Status < 300:
		return OK
	case r.Status < 500:
		return Warn
	}
	return Bad
}

// Problem is an error as a client reads it.
func (APIReference) Problem() Code {
	return Code{Label: "example of an error", Text: `{
  "type": "/docs/api#errors-invalid_input",
  "title": "Unprocessable Entity",
  "status": 422,
  "detail": "Some of the input was refused.",
  "code": "invalid_input",
  "request_id": "0199f3c2-7a51-7c64-9b1e-5d2f8f1c0a34",
  "errors": [
    {"field": "name", "code": "required", "message": "This field is missing."}
  ]
}`}
}

// Command is the call as a command to copy.
func (o APIOperation) Command() Code { return Code{Label: "command: " + o.Summary, Text: o.Curl} }

// Answer is a response as the page shows it: it knows whose it is.
type Answer struct {
	APIResponse
	Of string
}

// Answers are the responses that give what was asked for.
func (o APIOperation) Answers() []Answer {
	var list []Answer
	for _, r := range o.Responses {
		if r.Status < 400 {
			list = append(list, Answer{r, o.Summary})
		}
	}
	return list
}

// Refusals are the responses that do not.
func (o APIOperation) Refusals() []APIResponse {
	var list []APIResponse
	for _, r := range o.Responses {
		if r.Status >= 400 {
			list = append(list, r)
		}
	}
	return list
}

// Sample is the example to copy, or nil when the answer has no body.
func (a Answer) Sample() *Code {
	if a.Example == "" {
		return nil
	}
	return &Code{Label: fmt.Sprintf("answer %d: %s", a.Status, a.Of), Text: a.Example}
}
