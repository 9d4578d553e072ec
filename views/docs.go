package views

// APIReference is docs/api, the reference of the JSON API without a script.
type APIReference struct {
	Chrome
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
func (APIReference) Title() string { return "API reference" }

// Description is the page's sentence for search engines.
func (APIReference) Description() string {
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
