package journeys

import (
	"image"
	"image/color"
	_ "image/jpeg" // the program returns pictures as JPEG
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stoa/platform/blob/s3test"
	"stoa/test/rig"
)

const avatarForm = `form[action="/settings/avatar"]`

var red = color.NRGBA{200, 30, 30, 255}

// shownPicture returns the path of the picture on the profile page, or "".
func shownPicture(b *rig.Browser) string {
	b.T.Helper()
	return b.Open("/settings/profile").Is(200).Find("#picture img").AttrOr("src", "")
}

// getPath requests a path without cookies.
func getPath(t *testing.T, a *rig.App, path string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+a.Addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := a.HTTP.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

// wantRedPicture fails the test unless the path returns the red picture.
func wantRedPicture(t *testing.T, a *rig.App, path string) {
	t.Helper()
	res := getPath(t, a, path)
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "image/jpeg" {
		t.Fatalf("GET %s = %d %s", path, res.StatusCode, res.Header.Get("Content-Type"))
	}
	img, _, err := image.Decode(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if r, g, _, _ := img.At(50, 50).RGBA(); r < 150<<8 || g > 90<<8 {
		t.Errorf("GET %s: %v in the middle, want red", path, img.At(50, 50))
	}
}

func TestAvatar_InBrowserAndAPI(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	b.Open("/settings/profile")
	b.Upload(avatarForm, rig.Picture(t, 300, red)).At("/settings/profile")
	if got := b.Page.Text("#picture .saved"); got != "Saved" {
		t.Errorf("the page shows %q", got)
	}
	path := shownPicture(b)
	wantRedPicture(t, app, path)
	tokens := app.API(t).Login(p)
	if want := app.Base + path; tokens.User.AvatarURL == nil || *tokens.User.AvatarURL != want {
		t.Errorf("avatar_url = %v, want %s", tokens.User.AvatarURL, want)
	}
	b.Upload(avatarForm, []byte("no picture")).Refused("avatar")
	if got := shownPicture(b); got != path {
		t.Errorf("after a refusal %q is shown, want %q", got, path)
	}
	b.Submit(`form[action="/settings/avatar/delete"]`).At("/settings/profile")
	if got := shownPicture(b); got != "" || getPath(t, app, path).StatusCode != 404 {
		t.Errorf("after the removal %q is shown", got)
	}
}

func TestAvatar_EndsWithTheAccount(t *testing.T) {
	t.Parallel()
	app := rig.Shared(t)
	b, p := app.RegisterBrowser(t)
	b.Open("/settings/profile")
	b.Upload(avatarForm, rig.Picture(t, 300, red)).At("/settings/profile")
	path := shownPicture(b)
	b.Open("/settings/account")
	b.Submit(rig.DeleteForm, rig.Values{"current_password": p.Password}).At("/")
	if got := getPath(t, app, path).StatusCode; got != 404 {
		t.Errorf("the picture of a deleted account = %d, want 404", got)
	}
}

// A bucket serves every replica. While it is unavailable pages still work, and
// requests that need it are refused in time.
func TestAvatar_InBucket(t *testing.T) {
	t.Parallel()
	s3 := s3test.Start(t)
	bucket := rig.Env{"BLOB_URL": s3.URL(), "AWS_ACCESS_KEY_ID": s3test.Access.ID, "AWS_SECRET_ACCESS_KEY": s3test.Access.Secret}
	app := rig.Start(t, rig.Wide, bucket)
	other := app.Replica(t)
	b, _ := app.RegisterBrowser(t)
	b.Open("/settings/profile")
	b.Upload(avatarForm, rig.Picture(t, 300, red)).At("/settings/profile")
	path := shownPicture(b)
	wantRedPicture(t, other, path)
	if stored, err := filepath.Glob(filepath.Join(s3.Dir, "avatars", "*")); err != nil || len(stored) != 2 {
		t.Errorf("the bucket has %q, want two files", stored)
	}
	if _, err := os.Stat(filepath.Join(app.Dir, "files")); !os.IsNotExist(err) {
		t.Errorf("DATA_DIR/files = %v, want no directory when a bucket is set", err)
	}
	if out := runCommand(t, app, "", "doctor"); !strings.Contains(out, "ok    storage") {
		t.Errorf("doctor:\n%s", out)
	}
	s3.Stop()
	b.Upload(avatarForm, rig.Picture(t, 200, red)).Is(503)
	if b.Page.Header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	if got := getPath(t, other, path).StatusCode; got != 503 {
		t.Errorf("a picture from an unavailable bucket = %d, want 503", got)
	}
	if got := shownPicture(b); got != path {
		t.Errorf("the profile shows %q, want still %q", got, path)
	}
	if r := rig.Run(t, app.Env, "", "doctor"); r.Status != 1 || !strings.Contains(r.Out, "wrong storage") || strings.Contains(r.Out, s3test.Access.Secret) {
		t.Errorf("doctor = %d\n%s", r.Status, r.Out)
	}
}
