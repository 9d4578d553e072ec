package journeys

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"stoa/platform/mail/mailtest"
	"stoa/test/rig"
)

// Without a mail server emails are read in the browser, newest first, in three
// views.
func TestDevMail(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	b := app.Browser(t)
	b.Open("/dev/mail").Is(200)
	if b.Page.Find("main .empty").Length() != 1 {
		t.Errorf("an empty mailbox shows %q", b.Page.Text("main"))
	}
	name := `<b>"Ada' & 🌿`
	to := rig.Recipients(2)
	app.SendEmails(t, "new_device", name, to[0])
	rig.Await(t, "the first email", func() bool { return app.Waiting(t) == 0 })
	app.SendEmails(t, "new_device", name, to[1])
	rig.Await(t, "the second email", func() bool { return b.Open("/dev/mail").Find("tbody tr").Length() == 2 })
	if first := b.Page.Find("tbody tr").First().Text(); !strings.Contains(first, to[1]) || !strings.Contains(first, name) {
		t.Errorf("the newest email is %q, want the one to %s", first, to[1])
	}
	page := b.Click("tbody a").Is(200)
	if page.Find("h1").Text() != "New sign-in to your account" || page.Find("iframe").Length() != 1 {
		t.Errorf("the email shows %q", page.Text("main"))
	}
	path := page.URL.Path
	checkFrame(t, b, path+"/html", name)
	for view, want := range map[string]string{"text": "Hello " + name + ",", "source": "Auto-Submitted: auto-generated"} {
		if got := b.Open(path + "?view=" + view).Is(200).Find("pre").Text(); !strings.Contains(got, want) {
			t.Errorf("%s lacks %q\n%s", view, want, got)
		}
	}
	for _, nothing := range []string{path + "?view=x", "/dev/mail/x", "/dev/mail/0199f3c2-7a51-7c64-9b1e-5d2f8f1c0a34", "/dev/mail/0199f3c2-7a51-7c64-9b1e-5d2f8f1c0a34/html"} {
		b.Fetch("GET", nothing, nil).Is(404)
	}
	b.Open("/dev/mail")
	b.Submit(`form[action="/dev/mail/clear"]`).At("/dev/mail")
	if b.Page.Find("tbody tr").Length() != 0 || !strings.Contains(b.Page.Text("#flash"), "deleted") {
		t.Errorf("after all emails were deleted: %s", b.Page.Text("main"))
	}
}

// A list is read page by page, and an outdated link to a page leads to the first
// one. The links keep the search.
func TestDevMail_Pages(t *testing.T) {
	t.Parallel()
	app := rig.Start(t)
	rig.Ask[int](t, app, `WITH made AS (INSERT INTO mailbox (id, message_id, name, address, subject, body_text, body_html, source)
		SELECT gen_random_uuid(), n, 'Ada', 'ada@example.com', 'Note ' || n, '', '', '' FROM generate_series(1, 70) n RETURNING 1) SELECT count(*) FROM made`)
	b := app.Browser(t)
	b.Open("/dev/mail")
	b.Submit("form.search", rig.Values{"q": "nOTE"})
	seen := map[string]bool{}
	for range 2 {
		b.Page.Find("tbody th").Each(func(_ int, s *goquery.Selection) { seen[s.Text()] = true })
		if next := b.Page.Find(".pager a[rel=next]"); next.Length() == 1 {
			b.Click(".pager a[rel=next]").Is(200)
		}
	}
	if len(seen) != 70 || b.Page.Value("q") != "nOTE" {
		t.Errorf("two pages show %d emails of the search %q, want 70", len(seen), b.Page.Value("q"))
	}
	b.Click(".pager a").At("/dev/mail")
	if rows := b.Page.Find("tbody tr").Length(); rows != 50 || b.Page.URL.RawQuery != "q=nOTE" {
		t.Errorf("the first page has %d rows, query %q", rows, b.Page.URL.RawQuery)
	}
	b.Open("/dev/mail?q=Note+7&cursor=outdated").At("/dev/mail")
	if rows := b.Page.Find("tbody tr").Length(); rows != 2 || b.Page.URL.RawQuery != "q=Note+7" {
		t.Errorf("after an outdated link: %d rows, query %q; want the first page of the search", rows, b.Page.URL.RawQuery)
	}
}

// checkFrame checks the only response that may be framed, by its own page. The
// sandbox permits neither scripts nor forms.
func checkFrame(t *testing.T, b *rig.Browser, path, name string) {
	t.Helper()
	res, err := b.HTTP.Get(b.Resolve(path).String())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s = %d, %v", path, res.StatusCode, err)
	}
	policy := res.Header.Get("Content-Security-Policy")
	for _, part := range []string{"sandbox", "default-src 'none'", "style-src 'unsafe-inline'", "frame-ancestors 'self'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy %q lacks %s", policy, part)
		}
	}
	if strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "allow-same-origin") || res.Header["X-Frame-Options"] != nil || res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers = %v", res.Header)
	}
	if !strings.Contains(string(body), "&lt;b&gt;") || strings.Contains(string(body), "<b>") {
		t.Errorf("the name %q is in the email as\n%s", name, body)
	}
}

// With a mail server no email is kept.
func TestDevMail_StoresNothingWithAMailServer(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t)
	app := rig.Start(t, rig.Env{"SMTP_URL": "smtp://" + server.Addr, "MAIL_FROM": "hello@stoa.test"})
	app.SendEmails(t, "new_device", "Ada", rig.Recipients(1)...)
	rig.Await(t, "the email", func() bool { return len(server.Mails()) == 1 && app.Waiting(t) == 0 })
	b := app.Browser(t)
	if b.Open("/dev/mail").Is(200); b.Page.Find("tbody tr").Length() != 0 || !strings.Contains(b.Page.Text("main"), "SMTP_URL") {
		t.Errorf("the mailbox shows %q", b.Page.Text("main"))
	}
	if n := rig.Ask[int](t, app, "SELECT count(*) FROM mailbox"); n != 0 {
		t.Errorf("%d emails are stored", n)
	}
}
