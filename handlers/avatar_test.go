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

// noise returns a PNG of random pixels, which compress badly.
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

// padded returns the picture with zero bytes appended up to size. Decoders
// ignore them.
func padded(file []byte, size int) []byte { return append(file, make([]byte, size-len(file))...) }

// upload sends a file in the form of the profile page, with a file name and a
// media type.
func (c *client) upload(file []byte, name, kind string, headers ...header) response {
	c.t.Helper()
	return c.send("POST", avatar, c.form(c.token(profile), file, name, kind), headers...)
}

// multi is a body with its media type.
type multi struct {
	kind, body string
	chunked    bool // without Content-Length
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

// picture returns the path of the picture on the profile page, or "".
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
	c, _ := s.signedIn(t)
	if got := c.picture(); got != "" {
		t.Fatalf("a new user has the picture %s", got)
	}
	got := c.upload(noise(t, 300), "me.png", "image/png")
	wantStatus(t, "POST "+avatar, got, 303)
	if to := got.Header.Get("Location"); to != profile+"#picture" {
		t.Errorf("Location = %q, want the form of %q", to, profile)
	}
	first := c.picture()
	wantStatus(t, "a larger picture", c.upload(padded(noise(t, 300), 3<<20), "me.png", "image/png"), 303)
	second := c.picture()
	if first == "" || second == "" || first == second {
		t.Fatalf("pictures at %q and then %q, want two different ones", first, second)
	}
	// The name of a picture is sufficient to read it.
	anonymous := s.client(t)
	wantStatus(t, "the replaced picture", anonymous.send("GET", first, nil), 404)
	wantStatus(t, "the new picture", anonymous.send("GET", second, nil), 200)
	for _, page := range []string{"/dashboard", "/settings/password"} {
		if body := c.send("GET", page, nil).body; !strings.Contains(body, strings.Replace(second, "-256.", "-64.", 1)) {
			t.Errorf("GET %s shows no picture", page)
		}
	}
	wantStatus(t, "POST delete", c.post(profile, avatar+"/delete", url.Values{}), 303)
	if got := c.picture(); got != "" {
		t.Errorf("after the removal the page shows the picture %s, want none", got)
	}
	wantStatus(t, "the removed picture", anonymous.send("GET", second, nil), 404)
}

func TestAvatar_Headers(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.signedIn(t)
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
		t.Errorf("the body is not a JPEG of 256 pixels: %v", err)
	}
	for _, tags := range []string{`"` + name + `"`, `W/"` + name + `"`, `"other", "` + name + `"`, "*"} {
		again := s.client(t).send("GET", path, nil, header{"If-None-Match": tags})
		if wantStatus(t, "If-None-Match "+tags, again, 304); again.body != "" {
			t.Errorf("304 has a body of %d bytes, want none", len(again.body))
		}
	}
	wantStatus(t, "another If-None-Match", s.client(t).send("GET", path, nil, header{"If-None-Match": `"other"`}), 200)
	for _, path := range []string{"/avatars/", "/avatars/x", strings.Replace(path, "-256", "-100", 1), "/avatars/..%2f" + name, "/avatars/" + strings.Repeat("0", 32) + "-256.jpg"} {
		wantStatus(t, "GET "+path, s.client(t).send("GET", path, nil), 404)
	}
}

// The file name and media type from the client are ignored (ASVS 5.2.2).
func TestAvatar_TypeByContent(t *testing.T) {
	t.Parallel()
	c, _ := start(t).signedIn(t)
	wantStatus(t, "a PNG declared as HTML", c.upload(noise(t, 30), "page.html", "text/html"), 303)
	for what, file := range map[string]string{
		"a page": "<script>alert(1)</script>", "SVG": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "GIF": "GIF89a", "nothing": "",
	} {
		got := c.upload([]byte(file), "me.png", "image/png")
		if wantStatus(t, what+" declared as a PNG", got, 422); !strings.Contains(got.body, `id="avatar-error"`) || !strings.Contains(got.body, "<title>Error: ") {
			t.Errorf("%s: the field has no error", what)
		}
		if strings.Contains(got.body, "alert(1)") {
			t.Errorf("%s: the page contains the file", what)
		}
	}
	heic := c.upload([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "IMG_0001.jpg", "image/jpeg")
	if wantStatus(t, "HEIC declared as a JPEG", heic, 422); !strings.Contains(heic.body, "This is a HEIC picture") || !strings.Contains(heic.body, "Export it as JPEG") {
		t.Error("the refusal of a HEIC picture does not say what it is and what to do")
	}
	if !strings.Contains(heic.body, "of an animation, the first frame") {
		t.Error("the page does not state the rule for animations")
	}
	wantStatus(t, "no file", c.upload(nil, "", ""), 422)
	part := c.upload([]byte("text"), "me.png", "image/png", header{"HX-Request": "true", "HX-Request-Type": "partial"})
	if wantStatus(t, "by htmx", part, 422); strings.Contains(part.body, "<html") || !strings.Contains(part.body, `id="picture"`) {
		t.Errorf("htmx gets %.200s, want the fragment alone", part.body)
	}
}

func TestAvatar_TooLarge(t *testing.T) {
	t.Parallel()
	c, _ := start(t).signedIn(t)
	const mebibyte = 1 << 20
	wantStatus(t, "5 MiB", c.upload(padded(noise(t, 300), 5*mebibyte), "me.png", "image/png"), 303)
	shown := c.picture()
	for what, size := range map[string]int{"5 MiB and a byte": 5*mebibyte + 1, "6 MiB": 6 * mebibyte} {
		got := c.upload(padded(noise(t, 300), size), "me.png", "image/png")
		if wantStatus(t, what, got, 413); !strings.Contains(got.body, "at most 5 MiB") {
			t.Errorf("%s: the page does not state the limit", what)
		}
	}
	if got := c.picture(); got != shown {
		t.Errorf("the picture is %s, want %s unchanged", got, shown)
	}
}

// Only one route accepts a body of more than a mebibyte: a form with a file,
// from a signed-in user. All other routes refuse such a body before they read
// it.
func TestBody_TooLargeElsewhere(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.signedIn(t)
	large := multi{kind: "multipart/form-data; boundary=b", body: strings.Repeat("x", 1<<20+1)}
	for _, path := range []string{profile, avatar + "/delete", avatar + "/", avatar + "?x", "/settings/password", "/login", "/api/users/me", "/"} {
		wantStatus(t, "POST "+path, c.send("POST", path, large), 413)
	}
	for _, method := range []string{"PUT", "PATCH", "GET"} {
		wantStatus(t, method, c.send(method, avatar, large), 413)
	}
	wantStatus(t, "chunked", c.send("POST", avatar, multi{large.kind, large.body, true}), 413)
	for what, headers := range map[string]header{"no cookie": {}, "an old cookie": {"Cookie": "stoa_session=abcdefghijklmnopqrstuvwxyz"}} {
		got := s.client(t).send("POST", avatar, large, headers)
		if wantStatus(t, what, got, 303); got.Header.Get("Location") != "/login" {
			t.Errorf("%s: redirected to %q, want the sign-in page", what, got.Header.Get("Location"))
		}
	}
}

// Without a token of its own session, a request changes nothing.
func TestAvatar_CSRF(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.signedIn(t)
	other, _ := s.signedIn(t)
	file := noise(t, 30)
	for what, token := range map[string]string{"no token": "", "another user's": other.token(profile)} {
		wantStatus(t, what, c.send("POST", avatar, c.form(token, file, "me.png", "image/png")), 403)
	}
	wantStatus(t, "from another site", c.upload(file, "me.png", "image/png", header{"Sec-Fetch-Site": "cross-site"}), 403)
	wantStatus(t, "an API client's token", s.client(t).send("POST", avatar, c.form("", file, "me.png", "image/png"), bearer(s.Register(t, signin.API))), 303)
	if got := c.picture() + other.picture(); got != "" {
		t.Errorf("the page shows the picture %s, want none", got)
	}
}

// An upload changes the picture of the signed-in user only, also with the file
// name of another user's picture.
func TestAvatar_OfOthers(t *testing.T) {
	t.Parallel()
	s := start(t)
	c, _ := s.signedIn(t)
	other, _ := s.signedIn(t)
	wantStatus(t, "upload", other.upload(noise(t, 30), "me.png", "image/png"), 303)
	theirs := other.picture()
	wantStatus(t, "removal", c.post(profile, avatar+"/delete", url.Values{}), 303)
	wantStatus(t, "upload", c.upload(noise(t, 30), strings.TrimPrefix(theirs, "/avatars/"), "image/png"), 303)
	if got := other.picture(); got != theirs || got == c.picture() {
		t.Errorf("the other user's picture is %s, want %s", got, theirs)
	}
}

// begin sends a POST with the first byte of a body of that length.
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

// beginUpload begins a large upload with a session cookie.
func (c *client) beginUpload(cookie string) net.Conn { return c.begin(avatar, cookie, 4<<20) }

// Without a session, the server responds before it reads a large body.
func TestAvatar_BodyOfStrangerUnread(t *testing.T) {
	t.Parallel()
	s := start(t)
	for what, cookie := range map[string]string{"no cookie": "", "an old cookie": "abcdefghijklmnopqrstuvwxyz"} {
		conn := s.client(t).beginUpload(cookie)
		// Less than the timeout of a body.
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: no response before the body: %v", what, err)
		}
		if res.Body.Close(); res.StatusCode != 303 {
			t.Errorf("%s = %d, want 303 to sign in", what, res.StatusCode)
		}
	}
}

// The server reads few large bodies at a time, and fewer of one user, so that
// the memory for them is limited. Other uploads get 503 with Retry-After. When
// an upload ends, another one is accepted.
func TestAvatar_UploadsAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	uploader, _ := s.signedIn(t)
	file := padded(noise(t, 30), 1<<20+1)
	held := []net.Conn{uploader.beginUpload(uploader.cookie("stoa_session")), uploader.beginUpload(uploader.cookie("stoa_session"))}
	busy := func(c *client) bool {
		got := c.upload(file, "me.png", "image/png")
		if got.StatusCode != 303 && (got.StatusCode != 503 || got.Header.Get("Retry-After") == "") {
			t.Fatalf("an upload = %d, want 303 or 503 with Retry-After\n%.300s", got.StatusCode, got.body)
		}
		return got.StatusCode == 503
	}
	// An upload in held is refused itself if it arrives after another upload.
	full := func(c *client) bool {
		if busy(c) {
			return true
		}
		held = append(held, c.beginUpload(c.cookie("stoa_session")))
		return false
	}
	waittest.Until(t, "the third upload of one user is refused", func() bool { return full(uploader) })
	another, _ := s.signedIn(t)
	if busy(another) {
		t.Error("the uploads of one user block another user")
	}
	third, _ := s.signedIn(t)
	held = append(held, another.beginUpload(another.cookie("stoa_session")), third.beginUpload(third.cookie("stoa_session")))
	waittest.Until(t, "a fifth upload is refused", func() bool { return full(third) })
	wantStatus(t, "a small upload", third.upload(noise(t, 30), "me.png", "image/png"), 303)
	for _, conn := range held {
		conn.Close()
	}
	waittest.Until(t, "an upload is accepted again", func() bool { return !busy(third) })
}

func TestAPI_AvatarURL(t *testing.T) {
	t.Parallel()
	s := start(t, https)
	in := s.Register(t, signin.API)
	if got := s.client(t).send("GET", "/api/users/me", nil, bearer(in)); !strings.Contains(got.body, `"avatar_url":null`) {
		t.Errorf("without a picture: %s, want avatar_url null", got.body)
	}
	if _, err := s.Avatars.Change(t.Context(), domaintest.Scope(in), noise(t, 30)); err != nil {
		t.Fatal(err)
	}
	for what, got := range map[string]response{
		"me": s.client(t).send("GET", "/api/users/me", nil, bearer(in)), "a change": s.client(t).send("PATCH", "/api/users/me", `{"name":"Ada"}`, bearer(in)),
	} {
		match := regexp.MustCompile(`"avatar_url":"https://stoa\.test(/avatars/[0-9a-f]{32}-256\.jpg)"`).FindStringSubmatch(got.body)
		if match == nil {
			t.Fatalf("%s: %s, want an avatar_url", what, got.body)
		}
		wantStatus(t, "GET "+match[1], s.client(t).send("GET", match[1], nil), http.StatusOK)
	}
}
