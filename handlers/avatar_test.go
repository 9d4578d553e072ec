package handlers_test

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
	"stoa/platform/waittest"
)

const avatar = "/settings/avatar"

// noise is a PNG that does not get smaller: some bytes a pixel.
func noise(t *testing.T, side int) []byte {
	t.Helper()
	img, random := image.NewNRGBA(image.Rect(0, 0, side, side)), rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(random.Uint32()) | byte(0xff*(i%4/3)) // opaque
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// padded is the picture with so many bytes in all, which decoders pass over.
func padded(file []byte, size int) []byte { return append(file, make([]byte, size-len(file))...) }

// upload sends a file in the form of the profile page, and says what its sender
// says of it: a name, a type.
func (c *client) upload(file []byte, name, kind string, headers ...header) answer {
	c.t.Helper()
	return c.send("POST", avatar, c.form(c.token(profile), file, name, kind), headers...)
}

// multi is a form with a file.
type multi struct {
	kind, body string
	inPieces   bool // without its length in front
}

func (c *client) form(token string, file []byte, name, kind string) multi {
	c.t.Helper()
	var b strings.Builder
	w := multipart.NewWriter(&b)
	err := w.WriteField("_csrf", token)
	if file != nil && err == nil {
		var part io.Writer
		part, err = w.CreatePart(map[string][]string{
			"Content-Disposition": {fmt.Sprintf(`form-data; name="avatar"; filename=%q`, name)}, "Content-Type": {kind},
		})
		if err == nil {
			_, err = part.Write(file)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return multi{kind: w.FormDataContentType(), body: b.String()}
}

var shownPicture = regexp.MustCompile(`src="(/avatars/[0-9a-f]{32}-256\.(?:jpg|png))"`)

// picture returns where the picture is that the profile page shows, or "".
func (c *client) picture() string {
	c.t.Helper()
	page := c.send("GET", profile, nil)
	wantStatus(c.t, profile, page, 200)
	if match := shownPicture.FindStringSubmatch(page.body); match != nil {
		return match[1]
	}
	return ""
}

func TestAvatar_Journey(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.newcomer(t)
	if got := c.picture(); got != "" {
		t.Fatalf("somebody new shows %s", got)
	}
	got := c.upload(noise(t, 300), "me.png", "image/png")
	wantStatus(t, "POST "+avatar, got, 303)
	if to := got.Header.Get("Location"); to != profile {
		t.Errorf("Location = %q, want %q", to, profile)
	}
	first := c.picture()
	wantStatus(t, "a larger one", c.upload(padded(noise(t, 300), 3<<20), "me.png", "image/png"), 303)
	second := c.picture()
	if first == "" || second == "" || first == second {
		t.Fatalf("pictures at %q and then %q", first, second)
	}
	// Its name is all that it takes to see it.
	stranger := s.client(t)
	wantStatus(t, "the replaced one", stranger.send("GET", first, nil), 404)
	wantStatus(t, "the new one", stranger.send("GET", second, nil), 200)
	for _, page := range []string{"/dashboard", "/settings/password"} {
		if body := c.send("GET", page, nil).body; !strings.Contains(body, strings.Replace(second, "-256.", "-64.", 1)) {
			t.Errorf("GET %s shows no picture", page)
		}
	}
	wantStatus(t, "POST delete", c.post(profile, avatar+"/delete", url.Values{}), 303)
	if got := c.picture(); got != "" {
		t.Errorf("after the removal %s is shown", got)
	}
	wantStatus(t, "the removed one", stranger.send("GET", second, nil), 404)
}

func TestAvatar_Headers(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.newcomer(t)
	wantStatus(t, "POST "+avatar, c.upload(noise(t, 300), "me.png", "image/png"), 303)
	path := c.picture()
	got := s.client(t).send("GET", path, nil)
	wantStatus(t, "GET", got, 200)
	name := strings.TrimPrefix(path, "/avatars/")
	for header, want := range map[string]string{
		"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=31536000, immutable",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox", "X-Frame-Options": "DENY",
		"Cross-Origin-Resource-Policy": "cross-origin", "Content-Disposition": `inline; filename="` + name + `"`,
		"ETag": `"` + name + `"`, "Content-Encoding": "", "Set-Cookie": "",
	} {
		if value := got.Header.Get(header); value != want {
			t.Errorf("%s = %q, want %q", header, value, want)
		}
	}
	if img, err := jpeg.Decode(strings.NewReader(got.body)); err != nil || img.Bounds().Dx() != 256 {
		t.Errorf("the body is no JPEG of 256: %v", err)
	}
	for _, tags := range []string{`"` + name + `"`, `W/"` + name + `"`, `"other", "` + name + `"`, "*"} {
		again := s.client(t).send("GET", path, nil, header{"If-None-Match": tags})
		if wantStatus(t, "asked again with "+tags, again, 304); again.body != "" {
			t.Errorf("304 has a body of %d bytes", len(again.body))
		}
	}
	wantStatus(t, "asked with another", s.client(t).send("GET", path, nil, header{"If-None-Match": `"other"`}), 200)
	for _, path := range []string{"/avatars/", "/avatars/x", strings.Replace(path, "-256", "-100", 1), "/avatars/..%2f" + name, "/avatars/" + strings.Repeat("0", 32) + "-256.jpg"} {
		wantStatus(t, "GET "+path, s.client(t).send("GET", path, nil), 404)
	}
}

// What a sender says of a file counts for nothing (ASVS 5.2.2).
func TestAvatar_TypeByContent(t *testing.T) {
	t.Parallel()
	c, _ := start(t).newcomer(t)
	wantStatus(t, "a PNG called a page", c.upload(noise(t, 30), "page.html", "text/html"), 303)
	for what, file := range map[string]string{
		"a page": "<script>alert(1)</script>", "SVG": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "GIF": "GIF89a", "nothing": "",
	} {
		got := c.upload([]byte(file), "me.png", "image/png")
		if wantStatus(t, what+" called a PNG", got, 422); !strings.Contains(got.body, `id="avatar-error"`) || !strings.Contains(got.body, "<title>Error: ") {
			t.Errorf("%s: no error at the field", what)
		}
		if strings.Contains(got.body, "alert(1)") {
			t.Errorf("%s: the page has what was sent", what)
		}
	}
	wantStatus(t, "no file", c.upload(nil, "", ""), 422)
	part := c.upload([]byte("text"), "me.png", "image/png", header{"HX-Request": "true", "HX-Request-Type": "partial"})
	if wantStatus(t, "by htmx", part, 422); strings.Contains(part.body, "<html") || !strings.Contains(part.body, `id="picture"`) {
		t.Errorf("htmx gets %.200s, want the part alone", part.body)
	}
}

func TestAvatar_TooLarge(t *testing.T) {
	t.Parallel()
	c, _ := start(t).newcomer(t)
	const mebibyte = 1 << 20
	wantStatus(t, "5 MiB", c.upload(padded(noise(t, 300), 5*mebibyte), "me.png", "image/png"), 303)
	shown := c.picture()
	for what, size := range map[string]int{"5 MiB and a byte": 5*mebibyte + 1, "6 MiB": 6 * mebibyte} {
		got := c.upload(padded(noise(t, 300), size), "me.png", "image/png")
		if wantStatus(t, what, got, 413); !strings.Contains(got.body, "at most 5 MiB") {
			t.Errorf("%s: the page does not say how large it may be", what)
		}
	}
	if got := c.picture(); got != shown {
		t.Errorf("the picture is %s, want %s kept", got, shown)
	}
}

// One address takes more than a mebibyte, as a form with a file, from people
// who are signed in. All others refuse it before they read it.
func TestBody_TooLargeElsewhere(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.newcomer(t)
	large := multi{kind: "multipart/form-data; boundary=b", body: strings.Repeat("x", 1<<20+1)}
	for _, path := range []string{profile, avatar + "/delete", avatar + "/", avatar + "?x", "/settings/password", "/login", "/api/users/me", "/"} {
		wantStatus(t, "POST "+path, c.send("POST", path, large), 413)
	}
	for _, method := range []string{"PUT", "PATCH", "GET"} {
		wantStatus(t, method, c.send(method, avatar, large), 413)
	}
	wantStatus(t, "in pieces", c.send("POST", avatar, multi{large.kind, large.body, true}), 413)
	for what, headers := range map[string]header{"nobody": {}, "an old cookie": {"Cookie": "stoa_session=abcdefghijklmnopqrstuvwxyz"}} {
		got := s.client(t).send("POST", avatar, large, headers)
		if wantStatus(t, what, got, 303); got.Header.Get("Location") != "/login" {
			t.Errorf("%s is sent to %q, want to sign in", what, got.Header.Get("Location"))
		}
	}
}

// Somebody else's token, or none, changes nothing.
func TestAvatar_CSRF(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.newcomer(t)
	other, _ := s.newcomer(t)
	file := noise(t, 30)
	for what, token := range map[string]string{"no token": "", "somebody else's": other.token(profile)} {
		wantStatus(t, what, c.send("POST", avatar, c.form(token, file, "me.png", "image/png")), 403)
	}
	wantStatus(t, "from elsewhere", c.upload(file, "me.png", "image/png", header{"Sec-Fetch-Site": "cross-site"}), 403)
	wantStatus(t, "a program's token", s.client(t).send("POST", avatar, c.form("", file, "me.png", "image/png"), bearer(s.Register(t, signin.API))), 303)
	if got := c.picture() + other.picture(); got != "" {
		t.Errorf("a picture is shown at %s", got)
	}
}

// An upload is the sender's own, whoever is named in it.
func TestAvatar_OfOthers(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.newcomer(t)
	other, _ := s.newcomer(t)
	wantStatus(t, "upload", other.upload(noise(t, 30), "me.png", "image/png"), 303)
	theirs := other.picture()
	wantStatus(t, "removal", c.post(profile, avatar+"/delete", url.Values{}), 303)
	wantStatus(t, "upload", c.upload(noise(t, 30), strings.TrimPrefix(theirs, "/avatars/"), "image/png"), 303)
	if got := other.picture(); got != theirs || got == c.picture() {
		t.Errorf("the other shows %s, want %s", got, theirs)
	}
}

// begin begins a POST with a body of that length and leaves it lying.
func (c *client) begin(path, cookie string, length int) net.Conn {
	c.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.site.URL, "http://"))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: stoa.test\r\nCookie: stoa_session=%s\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\nx", path, cookie, length)
	if err != nil {
		c.t.Fatal(err)
	}
	return conn
}

// slow begins a large upload of somebody.
func (c *client) slow(cookie string) net.Conn { return c.begin(avatar, cookie, 4<<20) }

// Whoever is not signed in is answered by the headers alone: their large body
// takes no memory and no place.
func TestAvatar_BodyOfStrangerUnread(t *testing.T) {
	t.Parallel()
	s := start(t)
	for what, cookie := range map[string]string{"nobody": "", "an old cookie": "abcdefghijklmnopqrstuvwxyz"} {
		conn := s.client(t).slow(cookie)
		// Less than a body may take, and enough for any machine.
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: no answer before the body: %v", what, err)
		}
		if res.Body.Close(); res.StatusCode != 303 {
			t.Errorf("%s = %d, want 303 to sign in", what, res.StatusCode)
		}
	}
}

// Few large bodies are read at a time, and fewer of one person: memory that
// people can fill is bounded. The rest are told to come back, and when one has
// gone its place is free.
func TestAvatar_UploadsAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	greedy, _ := s.newcomer(t)
	file := padded(noise(t, 30), 1<<20+1)
	held := []net.Conn{greedy.slow(greedy.cookie("stoa_session")), greedy.slow(greedy.cookie("stoa_session"))}
	busy := func(c *client) bool {
		got := c.upload(file, "me.png", "image/png")
		if got.StatusCode != 303 && (got.StatusCode != 503 || got.Header.Get("Retry-After") == "") {
			t.Fatalf("an upload = %d, want 303 or 503 with Retry-After\n%.300s", got.StatusCode, got.body)
		}
		return got.StatusCode == 503
	}
	// A held one that came later than an upload beside it was refused itself.
	full := func(c *client) bool {
		if busy(c) {
			return true
		}
		held = append(held, c.slow(c.cookie("stoa_session")))
		return false
	}
	waittest.Until(t, "the third of one person is refused", func() bool { return full(greedy) })
	another, _ := s.newcomer(t)
	if busy(another) {
		t.Error("one person keeps another from uploading")
	}
	third, _ := s.newcomer(t)
	held = append(held, another.slow(another.cookie("stoa_session")), third.slow(third.cookie("stoa_session")))
	waittest.Until(t, "a fifth is refused", func() bool { return full(third) })
	wantStatus(t, "a small one", third.upload(noise(t, 30), "me.png", "image/png"), 303)
	for _, conn := range held {
		conn.Close()
	}
	waittest.Until(t, "there is room again", func() bool { return !busy(third) })
}

func TestAPI_AvatarURL(t *testing.T) {
	t.Parallel()
	s := start(t, https)
	in := s.Register(t, signin.API)
	if got := s.client(t).send("GET", "/api/users/me", nil, bearer(in)); !strings.Contains(got.body, `"avatar_url":null`) {
		t.Errorf("without a picture: %s", got.body)
	}
	if _, err := s.Accounts.ChangeAvatar(t.Context(), domaintest.Scope(in), noise(t, 30)); err != nil {
		t.Fatal(err)
	}
	for what, got := range map[string]answer{
		"me": s.client(t).send("GET", "/api/users/me", nil, bearer(in)), "a change": s.client(t).send("PATCH", "/api/users/me", `{"name":"Ada"}`, bearer(in)),
	} {
		match := regexp.MustCompile(`"avatar_url":"https://stoa\.test(/avatars/[0-9a-f]{32}-256\.jpg)"`).FindStringSubmatch(got.body)
		if match == nil {
			t.Fatalf("%s: %s", what, got.body)
		}
		wantStatus(t, "GET "+match[1], s.client(t).send("GET", match[1], nil), http.StatusOK)
	}
}
