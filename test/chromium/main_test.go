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

	"stoa/test/rig"
)

func TestMain(m *testing.M) {
	rig.AtEnd(closeBrowser)
	rig.Main(m)
}

// The browsers of this run: each tab lives in a private context of one, which
// shares no cookie and no cache with another. The shell is Chromium without
// windows, at half the cost, and keeps no whole pages for its back button;
// where it is not installed, Chromium takes its place.
var (
	shell    = sync.OnceValues(func() (context.Context, error) { return launch("chromium-headless-shell") })
	chromium = sync.OnceValues(func() (context.Context, error) { return launch() })
)

// starter starts one of them, or returns it.
type starter = func() (context.Context, error)

// quit ends those that were started, which may be at the same time.
var quit struct {
	sync.Mutex
	each []func() error
}

func launch(preferred ...string) (context.Context, error) {
	path, err := installed(preferred...)
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // containers and root have no user namespace for it
		chromedp.DisableGPU,
		chromedp.ModifyCmdFunc(modest),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en-US"),
	)
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	quit.Lock()
	defer quit.Unlock()
	quit.each = append(quit.each, func() error { return chromedp.Cancel(ctx) })
	return ctx, chromedp.Do(ctx)
}

// modest has the browser stay at the priority it is given. Where it is root it
// raises its own, and what it asks starves beside it.
func modest(cmd *exec.Cmd) {
	rig.DieWithParent(cmd)
	if setpriv, err := exec.LookPath("setpriv"); err == nil && os.Geteuid() == 0 {
		cmd.Args = append([]string{setpriv, "--inh-caps=-sys_nice", "--bounding-set=-sys_nice", cmd.Path}, cmd.Args[1:]...)
		cmd.Path = setpriv
	}
}

// installed returns the path of the first of preferred, or else of a Chromium
// by its usual names.
func installed(preferred ...string) (string, error) {
	for _, name := range append(preferred, "chromium", "chromium-browser", "google-chrome") {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoChromium
}

type missing string

func (m missing) Error() string { return string(m) }

const errNoChromium missing = "there is no chromium, chromium-browser or google-chrome on the PATH: " +
	"`make setup` installs one where it may, or do it yourself, on Debian with `apt-get install chromium chromium-headless-shell fonts-liberation`"

func closeBrowser() {
	for _, end := range quit.each {
		if err := end(); err != nil {
			fmt.Fprintln(os.Stderr, "closing Chromium:", err)
		}
	}
}
