package gate

import (
	"net/url"
	"strings"
	"testing"
)

func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{
		"/":                             "/",
		"/dashboard":                    "/dashboard",
		"/settings/profile/":            "/settings/profile/",
		"/orgs/acme/audit?page=2&q=a+b": "/orgs/acme/audit?page=2&q=a+b",
		"/a?next=https://evil.example":  "/a?next=https://evil.example",
		"/a?b=//c":                      "/a?b=//c",
		"/a?b=%0d%0a":                   "/a?b=%0d%0a",
		"/a?":                           "/a?",
		"/a%20b/%C3%A9":                 "/a%20b/%C3%A9",
		"/a@b:c;d,e":                    "/a@b:c;d,e",
		"/.well-known/x":                "/.well-known/x",
		"/a..b/...":                     "/a..b/...",
		"/login-history":                "/login-history",
		"/loginx":                       "/loginx",
		"/a#evil":                       "/a",
		"/a?b#//evil.example":           "/a?b",
		"/" + strings.Repeat("a", 2047): "/" + strings.Repeat("a", 2047),
	} {
		if got := LocalPath(in); got != want {
			t.Errorf("LocalPath(%.80q) = %.80q, want %.80q", in, got, want)
		}
	}
}

func TestLocalPath_OtherHost(t *testing.T) {
	refusePaths(t, "", "dashboard", "?a=b", "#a", "https://evil.example", "http:evil.example", "https:/evil.example", "//evil.example", "///evil.example",
		"//evil.example/%2f..", "javascript:alert(1)", "data:text/html,x", "evil.example", "@evil.example", " //evil.example", "mailto:a@x.co")
}

func TestLocalPath_Backslash(t *testing.T) {
	refusePaths(t, `/\evil.example`, `/\/evil.example`, `\/evil.example`, `\\evil.example`, `/a\b`, `/a?b=\c`, "/%5cevil.example", "/%5C/evil.example")
}

func TestLocalPath_ControlCharacters(t *testing.T) {
	refusePaths(t, "/\t/evil.example", "/\n/evil.example", "/\r\nSet-Cookie: a=b", "\t//evil.example", "\x00//evil.example", "/a\x00", "/a\x7f", "/a b", " /a", "/a?b\n",
		"/%09/evil.example", "/%0a/evil.example", "/%00", "/a%0d%0ab", "/%7f", "/%c2%85")
}

func TestLocalPath_DotSegments(t *testing.T) {
	refusePaths(t, "/..//evil.example", "/.//evil.example", "/a/..//evil.example", "/..", "/.", "/a/./b", "/a/../b", "/%2e%2e//evil.example", "/%2e/a", "/a/%2E%2E/b", "/.%2e/a")
}

func TestLocalPath_TwoSlashes(t *testing.T) {
	refusePaths(t, "//", "/a//b", "/a//", "/%2fevil.example", "/%2F/evil.example", "/a%2f/b")
}

func TestLocalPath_BadEncoding(t *testing.T) {
	refusePaths(t, "/%", "/%g1", "/a%2", "/%ff", "/%c3", "/é", "/\u2028", "/\xff", "/a?é")
}

func TestLocalPath_AuthPages(t *testing.T) {
	refusePaths(t, "/login", "/logout", "/register", "/login/", "/Login", "/LOGOUT", "/login?next=/a", "/login#a", "/%6cogin", "/logout%2f")
}

func TestLocalPath_TooLong(t *testing.T) {
	refusePaths(t, "/"+strings.Repeat("a", 2048), "/a#"+strings.Repeat("a", 2048))
}

func refusePaths(t *testing.T, all ...string) {
	t.Helper()
	for _, in := range all {
		if got := LocalPath(in); got != "" {
			t.Errorf("LocalPath(%.80q) = %.80q, want none", in, got)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{
		"/dashboard", "/a?b=c#d", "//evil.example", `/\evil.example`, "/\t/evil.example", "/%09/", "/..//evil.example", "/%2e%2e/%2fevil.example",
		"/%5cevil.example", "/é", "https://evil.example", "/a/%2e", "/login", "/%", "/a?//b", "/;//x", "/@evil.example",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := LocalPath(next)
		if got == "" {
			return
		}
		if again := LocalPath(got); again != got {
			t.Fatalf("LocalPath(%q) = %q, and LocalPath of this result = %q, want no change", next, got, again)
		}
		checkStays(t, next, got)
		// A less strict parser after this check may decode and replace these.
		decoded, _ := url.QueryUnescape(got)
		lenient := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(strings.SplitN(decoded, "?", 2)[0])
		if strings.HasPrefix(lenient, "//") {
			t.Fatalf("LocalPath(%q) = %q, which can be read as %q", next, got, lenient)
		}
	})
}

// checkStays checks that a browser on one of our pages resolves the path to our
// host, and to the same path.
func checkStays(t *testing.T, next, got string) {
	base := &url.URL{Scheme: "https", Host: "stoa.example", Path: "/login"}
	to, err := url.Parse(got)
	if err != nil {
		t.Fatalf("LocalPath(%q) = %q: %v", next, got, err)
	}
	target := base.ResolveReference(to)
	if target.Host != "stoa.example" || target.Scheme != "https" || target.User != nil || target.Fragment != "" {
		t.Fatalf("LocalPath(%q) = %q, which leads to %s", next, got, target)
	}
	if target.Path != to.Path || target.RawQuery != to.RawQuery {
		t.Fatalf("LocalPath(%q) = %q, which leads to %s", next, got, target)
	}
	if !strings.HasPrefix(next, got) || strings.ContainsAny(got, "\r\n\\\x00") {
		t.Fatalf("LocalPath(%q) = %q, want a prefix of the argument", next, got)
	}
}
