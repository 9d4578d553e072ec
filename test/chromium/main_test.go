// Package chromium tests the pages in a real Chromium: their layout, the keyboard,
// the size of a phone, the accessibility tree that screen readers read, and the
// program without JavaScript. It starts the program as the journeys do and
// examines every screen in the same way.
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

// The browsers of this run. Each tab has a browser context of its own, with its
// own cookies and cache. The headless shell costs half as much as Chromium and
// keeps no whole pages for its back button. Where it is not installed, Chromium
// replaces it.
var (
	shell    = sync.OnceValues(func() (context.Context, error) { return launch("chromium-headless-shell") })
	chromium = sync.OnceValues(func() (context.Context, error) { return launch() })
)

// starter starts a browser, or returns it when it runs already.
type starter = func() (context.Context, error)

// quit has the functions that end the started browsers. Tests may start both at
// the same time.
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
		chromedp.NoSandbox, // containers and root have no user namespace for the sandbox
		chromedp.DisableGPU,
		chromedp.ModifyCmdFunc(keepPriority),
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

// keepPriority prevents the browser from raising its priority. As root it can, and
// the server then gets too little processor time.
func keepPriority(cmd *exec.Cmd) {
	rig.DieWithParent(cmd)
	if setpriv, err := exec.LookPath("setpriv"); err == nil && os.Geteuid() == 0 {
		cmd.Args = append([]string{setpriv, "--inh-caps=-sys_nice", "--bounding-set=-sys_nice", cmd.Path}, cmd.Args[1:]...)
		cmd.Path = setpriv
	}
}

// installed returns the path of the first program of preferred, or else of a
// Chromium under one of its usual names.
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
	"`make setup` installs one if it has the rights; else install it, on Debian with `apt-get install chromium chromium-headless-shell fonts-liberation`"

func closeBrowser() {
	for _, end := range quit.each {
		if err := end(); err != nil {
			fmt.Fprintln(os.Stderr, "closing Chromium:", err)
		}
	}
}
