package rig

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// API is a client of the JSON API. Each of its requests and responses is checked
// against the server's OpenAPI document.
type API struct {
	client
	Token string // access token; empty sends none
}

// API returns an API client with an IP address of its own and no token yet.
func (a *App) API(t testing.TB) *API { return &API{client: newClient(t, a)} }

// On returns the same client, connected to another replica.
func (c *API) On(a *App) *API {
	other := *c
	other.on(a)
	return &other
}

// Bearer returns the same client with another token.
func (c *API) Bearer(token string) *API {
	other := *c
	other.Token = token
	return &other
}

// Response is the response to one request.
type Response struct {
	t      testing.TB
	Call   string
	Status int
	Header http.Header
	Body   []byte
}

// Problem is the body of an error response.
type Problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	RequestID string `json:"request_id"`
	Errors    []struct {
		Field   string `json:"field"`
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"errors"`
}

// Get sends a GET request without a body.
func (c *API) Get(path string, edits ...Edit) *Response { return c.Call("GET", path, nil, edits...) }

// Post sends a POST request with body; see Call.
func (c *API) Post(path string, body any, edits ...Edit) *Response {
	return c.Call("POST", path, body, edits...)
}

// Call sends a request. A string is sent as the body unchanged, any other value
// as JSON, and nil without a body.
func (c *API) Call(method, path string, body any, edits ...Edit) *Response {
	c.T.Helper()
	raw := encode(c.T, body)
	req := c.request(method, path, raw, body != nil, edits...)
	res, err := c.HTTP.Do(req)
	if err != nil {
		c.T.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		c.T.Fatalf("%s %s: %v", method, path, err)
	}
	a := &Response{t: c.T, Call: method + " " + path, Status: res.StatusCode, Header: res.Header, Body: got}
	a.checkSpec(req, raw)
	return a
}

func (c *API) request(method, path string, raw []byte, hasBody bool, edits ...Edit) *http.Request {
	c.T.Helper()
	req, err := http.NewRequest(method, c.Resolve(path).String(), nil)
	if err != nil {
		c.T.Fatal(err)
	}
	if hasBody {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	req.Header.Set("X-Forwarded-For", c.Addr)
	req.Header.Set("User-Agent", "journeys/1")
	for _, edit := range edits {
		edit(req)
	}
	return req
}

func encode(t testing.TB, body any) []byte {
	t.Helper()
	switch b := body.(type) {
	case nil:
		return nil
	case string:
		return []byte(b)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Is ends the test unless the response has the status.
func (a *Response) Is(status int) *Response {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s = %d, want %d\n%s", a.Call, a.Status, status, a.Body)
	}
	return a
}

// Refused ends the test unless the response is a problem with the status and
// code.
func (a *Response) Refused(status int, code string) Problem {
	a.t.Helper()
	a.Is(status)
	p := Decode[Problem](a)
	if p.Code != code {
		a.t.Fatalf("%s: code %q, want %q\n%s", a.Call, p.Code, code, a.Body)
	}
	return p
}

// RefusedField ends the test unless the response refuses exactly this field as
// invalid input. It returns the error code of the field.
func (a *Response) RefusedField(field string) string {
	a.t.Helper()
	p := a.Refused(http.StatusUnprocessableEntity, "invalid_input")
	if len(p.Errors) != 1 || p.Errors[0].Field != field {
		a.t.Fatalf("%s refuses %v, want the field %s alone\n%s", a.Call, p.Errors, field, a.Body)
	}
	return p.Errors[0].Code
}

// Decode returns the JSON body as a T. Unknown fields end the test.
func Decode[T any](a *Response) T {
	a.t.Helper()
	var v T
	d := json.NewDecoder(bytes.NewReader(a.Body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.Call, err, a.Body)
	}
	return v
}

// APIUser is the user in responses.
type APIUser struct {
	ID            string  `json:"id"`
	Name          string  `json:"name"`
	Email         string  `json:"email"`
	EmailVerified bool    `json:"email_verified"`
	EmailFailure  *string `json:"email_failure"`
	Bio           string  `json:"bio"`
	AvatarURL     *string `json:"avatar_url"`
	CreatedAt     string  `json:"created_at"`
	UpdatedAt     string  `json:"updated_at"`
}

// Tokens is the response to register, login and refresh. User is empty after a
// refresh.
type Tokens struct {
	User      APIUser `json:"user"`
	Access    string  `json:"access_token"`
	Refresh   string  `json:"refresh_token"`
	Type      string  `json:"token_type"`
	ExpiresIn int     `json:"expires_in"`
}

// Session is a row of the list of sessions.
type Session struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"`
	Current    bool   `json:"current"`
	Device     string `json:"device"`
	IP         string `json:"ip"`
	CreatedAt  string `json:"created_at"`
	LastSeenAt string `json:"last_seen_at"`
	ExpiresAt  string `json:"expires_at"`
}

// Register creates p's account and keeps its access token.
func (c *API) Register(p User) Tokens {
	c.T.Helper()
	return c.keep(c.Post("/api/auth/register", map[string]string{"name": p.Name, "email": p.Email, "password": p.Password}).Is(201))
}

// Login signs p in and keeps the access token.
func (c *API) Login(p User) Tokens {
	c.T.Helper()
	return c.keep(c.TryLogin(p.Email, p.Password).Is(200))
}

// TryLogin sends an email address and a password. It accepts any response.
func (c *API) TryLogin(email, password string) *Response {
	c.T.Helper()
	return c.Post("/api/auth/login", map[string]string{"email": email, "password": password})
}

// Refresh refreshes tokens and requires success.
func (c *API) Refresh(token string) Tokens {
	c.T.Helper()
	return Decode[Tokens](c.TryRefresh(token).Is(http.StatusOK))
}

// TryRefresh sends a refresh token. It accepts any response.
func (c *API) TryRefresh(token string) *Response {
	c.T.Helper()
	return c.Bearer("").Post("/api/auth/refresh", map[string]string{"refresh_token": token})
}

// Sessions returns the list of sessions.
func (c *API) Sessions() []Session {
	c.T.Helper()
	return Decode[struct {
		Sessions []Session `json:"sessions"`
	}](c.Get("/api/users/me/sessions").Is(200)).Sessions
}

func (c *API) keep(a *Response) Tokens {
	c.T.Helper()
	tokens := Decode[Tokens](a)
	c.Token = tokens.Access
	return tokens
}

// Create creates an item by a POST of the example in the OpenAPI document, and returns
// its id.
func (c *API) Create(path string) string {
	c.T.Helper()
	response := c.Post(path, c.App.Example(c.T, Route{Method: http.MethodPost, Path: path})).Is(http.StatusCreated)
	id, ok := Decode[map[string]any](response)["id"].(string)
	if !ok {
		c.T.Fatalf("%s returns no id: %s", response.Call, response.Body)
	}
	return id
}

// RegisterAPI returns an API client that has just registered a new user.
func (a *App) RegisterAPI(t testing.TB) (*API, User, Tokens) {
	t.Helper()
	c, p := a.API(t), NewUser()
	return c, p, c.Register(p)
}

// Anonymous returns the body without the request id, so that two responses can
// be compared byte by byte.
func (a *Response) Anonymous() string {
	return strings.ReplaceAll(string(a.Body), a.Header.Get("X-Request-ID"), "")
}
