package chromium

import (
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"stoa/test/rig"
)

const (
	avatarForm = `form[action="/settings/avatar"]`
	removeForm = `form[action="/settings/avatar/delete"]`
)

// Choose selects a file in a file field, as the browser's file dialog does.
func (tab *Tab) Choose(selector string, file []byte) {
	tab.T.Helper()
	path := filepath.Join(tab.T.TempDir(), "picture.png")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		tab.T.Fatal(err)
	}
	field, err := chromedp.Run(tab.ctx, chromedp.Evaluate[*runtime.RemoteObject](fill(`document.querySelector(%s)`, []any{selector}), ignoreCSP))
	if err != nil {
		tab.T.Fatal(err)
	}
	call(tab, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, ObjectID: field.ObjectID})
}

func picture(tab *Tab) []byte { return rig.Picture(tab.T, 300, color.NRGBA{70, 90, 200, 255}) }

// withPicture opens the profile of a user with a picture.
func withPicture(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/settings/profile")
	tab.Choose(avatarForm+" [type=file]", picture(tab))
	tab.Replaces("#picture", func() { tab.Click("#avatar-submit") })
	tab.hasPicture(true)
}

// noPicture sends a file that is not a picture.
func noPicture(tab *Tab, _ rig.User) {
	tab.T.Helper()
	tab.Open("/settings/profile")
	tab.Choose(avatarForm+" [type=file]", []byte("no picture"))
	tab.Replaces(summary, func() { tab.Click("#avatar-submit") })
}

// The page refuses a picture that is too large before it sends anything.
func TestAvatar_TooLarge(t *testing.T) {
	t.Parallel()
	tab, _ := newUser(t, shared(t))
	tab.Open("/settings/profile")
	tab.Choose(avatarForm+" [type=file]", make([]byte, 5<<20+1))
	tab.awaitMessage("at most 5 MiB")
	if n := evaluate[int](tab, `document.querySelector("#avatar").files.length`); n != 0 {
		t.Error("the file that is too large is still chosen")
	}
}

// hasPicture waits until the large and the small picture of the user are loaded,
// or until the page has none.
func (tab *Tab) hasPicture(want bool) {
	tab.T.Helper()
	tab.Await("the pictures", `(all => (all.length > 0) === %s && all.every(e => e.complete && e.naturalWidth > 0))([...document.querySelectorAll("img.avatar")])`, want)
	if small := evaluate[bool](tab, `document.querySelector("#viewer img") !== null`); small != want {
		tab.T.Errorf("the sidebar shows a picture: %v, want %v", small, want)
	}
}
