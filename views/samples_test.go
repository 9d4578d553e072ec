package views_test

import (
	"html/template"
	"maps"
	"strings"
	"testing"
	"time"

	"stoa/views"
)

var then = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

// testUsers has users with names that test layout and escaping.
var testUsers = map[string]views.Viewer{
	"plain":   {Name: "Ada Lovelace", Email: "ada@example.com"},
	"short":   {Name: "Z", Email: "z@example.com"},
	"long":    {Name: strings.Repeat("W", 100), Email: strings.Repeat("w", 242) + "@example.com"},
	"rtl":     {Name: "محمد بن عبد الله", Email: "m@example.com"},
	"emoji":   {Name: "🌿👩‍👩‍👧", Email: "leaf@example.com"},
	"hostile": {Name: hostile, Email: hostile},
}

const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}javascript:`

func chrome(path string, v *views.Viewer) views.Chrome {
	return views.Chrome{
		Theme: "dark", CSRF: strings.Repeat("c", 86), RequestID: "0199f3c2-7a51-7c64-9b1e-5d2f8f1c0a34", Path: path, User: v,
	}
}

// sample is one template with its data.
type sample struct {
	name string
	page any
}

// pages returns every page as the user sees it, also with refused input.
func pages(v views.Viewer) map[string]sample {
	in := func(path string) views.Chrome { return chrome(path, &v) }
	out := func(path string) views.Chrome { return chrome(path, nil) }
	flashed := in("/settings/sessions")
	flashed.Flash, flashed.Partial, flashed.Dev = &views.Flash{Tone: views.Warn, Text: v.Name}, true, true
	all := map[string]sample{
		"landing":          {"public/landing", views.Landing{Chrome: out("/")}},
		"register":         {"accounts/register", views.Register{Chrome: out("/register"), Form: views.RegisterForm{MinLength: 12}}},
		"register refused": {"accounts/register", views.Register{Chrome: out("/register"), Form: views.RegisterForm{Name: v.Name, Email: v.Email, MinLength: 12, Errors: refused("name", "email", "password")}}},
		"login":            {"accounts/login", views.Login{Chrome: out("/login"), Form: views.LoginForm{Next: "/settings/profile?a=b&c=d"}}},
		"login refused":    {"accounts/login", views.Login{Chrome: out("/login"), Form: views.LoginForm{Email: v.Email, Remember: true, Errors: refused("")}}},
		"dashboard":        {"accounts/dashboard", dashboard(v)},
		"dashboard empty":  {"accounts/dashboard", views.Dashboard{Chrome: in("/dashboard"), Name: v.Name, Email: v.Email}},
		"profile":          {"accounts/profile", views.Profile{Chrome: in("/settings/profile"), Form: views.ProfileForm{Name: v.Name, Bio: v.Name, Preview: "<p>x</p>"}}},
		"profile refused":  {"accounts/profile", views.Profile{Chrome: in("/settings/profile"), Form: views.ProfileForm{Name: v.Name, Errors: refused("name", "bio")}}},
		"profile saved":    {"accounts/_profile_form", views.Profile{Chrome: flashed, Form: views.ProfileForm{Name: v.Name, Saved: true}}},
		"picture":          {"accounts/profile", views.Profile{Chrome: chromeWithPicture(in("/settings/profile")), Avatar: views.AvatarForm{Viewer: withPicture(v), MaxMiB: 5, TooLarge: "Choose a smaller picture."}}},
		"picture refused":  {"accounts/profile", views.Profile{Chrome: in("/settings/profile"), Avatar: views.AvatarForm{Viewer: v, Errors: refused("avatar")}}},
		"picture saved":    {"accounts/_avatar_form", views.Profile{Chrome: chromeWithPicture(flashed), Avatar: views.AvatarForm{Viewer: withPicture(v), Saved: true}}},
		"password":         {"accounts/password", views.Password{Chrome: in("/settings/password"), Form: views.PasswordForm{Email: v.Email, MinLength: 12}}},
		"password refused": {"accounts/password", views.Password{Chrome: in("/settings/password"), Form: views.PasswordForm{Email: v.Email, MinLength: 12, Errors: refused("current_password", "password")}}},
		"sessions":         {"accounts/sessions", sessions(in("/settings/sessions"), v.Name)},
		"sessions alone":   {"accounts/sessions", views.Sessions{Chrome: in("/settings/sessions"), Rows: sessions(flashed, v.Name).Rows[:1]}},
		"sessions swapped": {"accounts/_sessions_list", sessions(flashed, v.Name)},
		"account":          {"accounts/account", views.Account{Chrome: in("/settings/account"), Form: views.DeleteForm{Email: v.Email}}},
		"account refused":  {"accounts/account", views.Account{Chrome: in("/settings/account"), Form: views.DeleteForm{Email: v.Email, Errors: refused("current_password")}}},
		"api reference":    {"docs/_reference", reference(v.Name)},
		"api signed in":    {"shells/public_top", views.APIPage{Chrome: in("/docs/api")}},
		"mailbox":          {"dev/mailbox", views.Mailbox{Chrome: flashed, Mails: []views.MailRow{mailRow(v)}}},
		"mailbox empty":    {"dev/mailbox", views.Mailbox{Chrome: in("/dev/mail")}},
		"mailbox unused":   {"dev/mailbox", views.Mailbox{Chrome: in("/dev/mail"), Sent: true}},
		"mail":             {"dev/mail", views.KeptMail{Chrome: out("/dev/mail/a"), MailRow: mailRow(v), View: "html", Link: "https://stoa.test/?token=a"}},
		"mail as text":     {"dev/mail", views.KeptMail{Chrome: in("/dev/mail/a"), MailRow: mailRow(v), View: "text", Text: v.Name}},
		"kit":              {"dev/kit", views.Kit{Chrome: in("/dev/kit")}},
	}
	maps.Copy(all, linkPages(v))
	for status, heading := range map[int]string{403: v.Name, 404: "", 413: "", 422: "", 429: "", 500: "", 503: "", 418: ""} {
		page := views.Explain(status)
		page.RequestID, page.RetryAfter = "0199f3c2", 42*time.Second
		if heading != "" {
			page.Heading, page.Text, page.Action = heading, heading, views.Link{Label: heading, Href: heading}
		}
		all["error "+page.Heading] = sample{"errors/page", page}
		all["error message "+page.Heading] = sample{"errors/_message", page}
	}
	return all
}

// withPicture returns the user with a picture.
func withPicture(v views.Viewer) views.Viewer {
	v.Avatar = "/avatars/0123456789abcdef0123456789abcdef-256.jpg"
	return v
}

// chromeWithPicture returns the chrome of a user with a picture.
func chromeWithPicture(c views.Chrome) views.Chrome {
	v := withPicture(*c.User)
	c.User = &v
	return c
}

func mailRow(v views.Viewer) views.MailRow {
	return views.MailRow{ID: "0199f3c2", Name: v.Name, Address: v.Email, Subject: v.Name, At: then}
}

func refused(fields ...string) views.Errors {
	var list views.Errors
	for _, field := range fields {
		list = append(list, views.FieldError{Field: field, Message: "Refused: " + hostile})
	}
	return list
}

func dashboard(v views.Viewer) views.Dashboard {
	return views.Dashboard{
		Chrome: chrome("/dashboard", &v), Name: v.Name, Email: v.Email, Bio: template.HTML("<p>I keep the <strong>books</strong>.</p>"), HasBio: true,
		MemberSince: then, Device: "Firefox on Linux", IP: "2001:db8::1", SignedInAt: then, ExpiresAt: then,
	}
}

func sessions(c views.Chrome, device string) views.Sessions {
	row := func(id, kind string, current bool) views.SessionRow {
		return views.SessionRow{ID: id, Kind: kind, Device: device, IP: "203.0.113.7", Current: current, CreatedAt: then, LastSeenAt: then, ExpiresAt: then}
	}
	return views.Sessions{Chrome: c, Rows: []views.SessionRow{row("a", "browser", true), row("b", "browser", false), row("c", "api", false)}, Others: 2}
}

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

// render executes a template of the shared engine.
func render(t testing.TB, name string, page any) string {
	t.Helper()
	var out strings.Builder
	if err := engine(t).Render(&out, name, page); err != nil {
		t.Fatalf("Render(%s): %v", name, err)
	}
	return out.String()
}
