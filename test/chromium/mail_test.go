package chromium

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
)

// TestMail_Readable looks at each mail as a phone shows it, in a light and a
// dark room: nothing to scroll sideways, nothing too faint. SAMPLES names a
// directory for pictures of them.
func TestMail_Readable(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../views/mail/[a-z]*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("no mail: %v, %v", files, err)
	}
	for _, file := range files {
		kind := strings.TrimSuffix(filepath.Base(file), ".html")
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			app := shared(t)
			path := app.Mailed(t, kind, "محمد بن عبد الله "+strings.Repeat("W", 80))
			tab := open(t, app)
			// These letters were written without a link; it gets one here.
			tab.show(strings.ReplaceAll(app.Raw(t, path+"/html"), `<a href=""></a>`, `<a href="`+oneTime+`">`+oneTime+`</a>`))
			for _, scheme := range []string{"light", "dark"} {
				tab.scheme(scheme)
				for _, width := range []int64{320, 1280} {
					tab.Size(width, 800)
					tab.fits(scheme)
					tab.accessible(scheme)
					tab.sample(kind, scheme, width)
				}
			}
		})
	}
}

const oneTime = "https://stoa.example.com/reset-password?token=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6"

// show puts a document into the tab, out of the sandbox in which it is served
// and in which the test could not look at it either.
func (tab *Tab) show(html string) {
	tab.T.Helper()
	frame := call(tab, page.GetFrameTree, cdp.Empty{}).FrameTree.Frame.ID
	call(tab, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: frame, HTML: html})
}

// scheme has the reader's machine prefer light or dark.
func (tab *Tab) scheme(scheme string) {
	tab.T.Helper()
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

// sample writes a picture of what the tab shows, where SAMPLES says.
func (tab *Tab) sample(kind, scheme string, width int64) {
	tab.T.Helper()
	dir := os.Getenv("SAMPLES")
	if dir == "" {
		return
	}
	shot := call(tab, page.CaptureScreenshot, page.CaptureScreenshotParams{})
	name := filepath.Join(dir, strings.Join([]string{kind, scheme, map[int64]string{320: "phone", 1280: "desk"}[width]}, "-")+".png")
	if err := os.WriteFile(name, shot.Data, 0o600); err != nil {
		tab.T.Fatal(err)
	}
}
