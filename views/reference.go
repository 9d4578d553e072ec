package views

import "fmt"

func init() {
	helpMenu.add(Entry{Label: "API reference", Path: "/docs/api", Icon: "book-open", Order: 10})
}

// APIPage is the frame (shells/public) of the API reference.
type APIPage struct{ Chrome }

// APIReference is docs/_reference: the content of the API reference, which is the
// same for all users and works without scripts.
type APIReference struct {
	BaseURL string // the base URL in the examples
	Version string
	Groups  []APIGroup
	Codes   []APICode // all codes of errors
}

// APIGroup is a section of the reference.
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
	Auth           string // as text; empty when no sign-in is required
	Params         []APIParam
	Request        []APIField
	RequestExample string // JSON
	Curl           string
	Responses      []APIResponse
}

// APIParam is a parameter outside of the body.
type APIParam struct {
	Name, In, Type, Description string
	Required                    bool
}

// APIField is a field of a JSON object.
type APIField struct {
	Name, Type, Description string
	Required                bool
}

// APIResponse is one possible response.
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

// Title returns the title of the page.
func (APIPage) Title() string { return "API reference" }

// Description returns the page's description for search engines.
func (APIPage) Description() string {
	return "Every call of the Stoa JSON API: fields, answers, errors and examples."
}

// Tone returns the colour of the status.
func (r APIResponse) Tone() Tone {
	switch {
	case r.Status < 300:
		return OK
	case r.Status < 500:
		return Warn
	}
	return Bad
}

// Problem returns an example of an error response.
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

// Command returns the request as a command to copy.
func (o APIOperation) Command() Code { return Code{Label: "command: " + o.Summary, Text: o.Curl} }

// APISuccess is a successful response of an operation.
type APISuccess struct {
	APIResponse
	Operation string // its summary
}

// Successes returns the successful responses.
func (o APIOperation) Successes() []APISuccess {
	var list []APISuccess
	for _, r := range o.Responses {
		if r.Status < 400 {
			list = append(list, APISuccess{r, o.Summary})
		}
	}
	return list
}

// Errors returns the error responses.
func (o APIOperation) Errors() []APIResponse {
	var list []APIResponse
	for _, r := range o.Responses {
		if r.Status >= 400 {
			list = append(list, r)
		}
	}
	return list
}

// Sample returns the example to copy, or nil when the response has no body.
func (s APISuccess) Sample() *Code {
	if s.Example == "" {
		return nil
	}
	return &Code{Label: fmt.Sprintf("answer %d: %s", s.Status, s.Operation), Text: s.Example}
}
