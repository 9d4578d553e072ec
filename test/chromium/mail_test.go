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

// TestMail_Readable examines each email at the width of a phone and of a desktop,
// with a light and a dark color scheme: it does not scroll sideways and has enough
// contrast. With SAMPLES set, the test writes pictures to that directory.
func TestMail_Readable(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../views/mail/[a-z]*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("no email templates: %v, %v", files, err)
	}
	for _, file := range files {
		kind := strings.TrimSuffix(filepath.Base(file), ".html")
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			app := shared(t)
			path := app.Mailed(t, kind, "محمد بن عبد الله "+strings.Repeat("W", 80))
			tab := open(t, app)
			// These emails are made without a link, which is inserted here.
			tab.show(strings.ReplaceAll(app.Raw(t, path+"/html"), `<a href=""></a>`, `<a href="`+oneTime+`">`+oneTime+`</a>`))
			for i, scheme := range []string{"light", "dark"} {
				tab.scheme(scheme)
				for j, width := range []int64{320, 1280} {
					tab.Size(width, 800)
					tab.fits(scheme)
					if i == j || thorough {
						tab.accessible(scheme)
					}
					tab.sample(kind, scheme, width)
				}
			}
		})
	}
}

const oneTime = "https://stoa.example.com/reset-password?token=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6"

// show sets the document of the tab. The server sends emails in a sandbox, in
// which the test cannot run a script either.
func (tab *Tab) show(html string) {
	tab.T.Helper()
	frame := call(tab, page.GetFrameTree, cdp.Empty{}).FrameTree.Frame.ID
	call(tab, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: frame, HTML: html})
}

// scheme sets the color scheme that the operating system prefers.
func (tab *Tab) scheme(scheme string) {
	tab.T.Helper()
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

// sample writes a picture of the tab to the directory SAMPLES, if it is set.
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
