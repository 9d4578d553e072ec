// Package chromium looks at the pages as people do, in a real Chromium: with
// their eyes, a keyboard, a phone, a screen reader's view of the page, and
// with JavaScript switched off. It starts the program as the other journeys do
// and holds every screen to the same bar.
package chromium

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"stoa/journeys"
)

func TestMain(m *testing.M) {
	journeys.AtEnd(closeBrowser)
	journeys.Main(m)
}

// chrome is the one Chromium of this run; each tab lives in a private context
// of it, which shares no cookie and no cache with another.
var chrome = sync.OnceValues(launch)

// quit ends it, if it was started.
var quit = func() error { return nil }

func launch() (context.Context, error) {
	path, err := installed()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // containers and root have no user namespace for it
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en-US"),
	)
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	quit = func() error { return chromedp.Cancel(ctx) }
	return ctx, chromedp.Do(ctx)
}

// installed returns the path of a Chromium.
func installed() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoChromium
}

type missing string

func (m missing) Error() string { return string(m) }

const errNoChromium missing = "there is no chromium, chromium-browser or google-chrome on the PATH: " +
	"`make setup` installs one where it may, or do it yourself, on Debian with `apt-get install chromium fonts-liberation`"

func closeBrowser() {
	if err := quit(); err != nil {
		fmt.Fprintln(os.Stderr, "closing Chromium:", err)
	}
}
