package chromium

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stoa/test/rig"
)

// The screens that Lighthouse examines, as on a phone. Signed-in pages ask search
// engines not to index them, so they have no SEO score.
var (
	lighthousePublic = []string{"/", "/login", "/register", "/forgot-password", "/docs/api", "/docs/api/account"}
	lighthouseOwn    = []string{"/dashboard", "/settings/profile", "/settings/password", "/settings/email", "/settings/account"}
)

// audit is the result of a run of Lighthouse for a screen.
type audit struct {
	Environment struct{ BenchmarkIndex float64 } // the speed of the machine just before the run
	Categories  map[string]struct{ Score float64 }
	Audits      map[string]struct {
		Title        string
		Score        *float64
		NumericValue float64
	}
}

// TestLighthouse prints the scores of each screen, the median of three runs, and
// fails for a score below the minimum. Performance does not fail the test, as it
// depends on the load of the machine.
func TestLighthouse(t *testing.T) {
	cli := os.Getenv("LIGHTHOUSE")
	if cli == "" {
		t.Skip("it takes minutes and needs Lighthouse, which is large: `make lighthouse`")
	}
	app := shared(t)
	b, _ := app.RegisterBrowser(t)
	session := b.Cookie("stoa_session")
	fmt.Println("| screen | performance | accessibility | best practices | SEO | layout shift | machine |")
	fmt.Println("|---|---|---|---|---|---|---|")
	t.Run("public", func(t *testing.T) {
		for _, path := range lighthousePublic {
			examined(t, cli, app, path, "", 1)
		}
	})
	t.Run("own", func(t *testing.T) {
		for _, path := range lighthouseOwn {
			examined(t, cli, app, path, session.Name+"="+session.Value, 0)
		}
	})
}

// examined runs Lighthouse three times for a screen and prints its line. seo is
// the minimum score for search engines; 0 means that it has none.
func examined(t *testing.T, cli string, app *rig.App, path, cookie string, seo float64) {
	t.Helper()
	runs := []audit{lighthouse(t, cli, app.Base+path, cookie), lighthouse(t, cli, app.Base+path, cookie), lighthouse(t, cli, app.Base+path, cookie)}
	median := func(of func(audit) float64) float64 {
		values := []float64{of(runs[0]), of(runs[1]), of(runs[2])}
		slices.Sort(values)
		return values[1]
	}
	line := []string{path}
	for _, category := range []struct {
		name  string
		least float64
	}{{"performance", 0.95}, {"accessibility", 1}, {"best-practices", 1}, {"seo", seo}} {
		score := median(func(a audit) float64 { return a.Categories[category.name].Score })
		if category.least == 0 {
			line = append(line, "–")
			continue
		}
		line = append(line, fmt.Sprintf("%.0f", 100*score))
		if score < category.least {
			t.Logf("%s: %s is %.0f; audits without a full score: %s", path, category.name, 100*score, runs[0].lacking())
		}
		if score < category.least && category.name != "performance" {
			t.Fail()
		}
	}
	shift := median(func(a audit) float64 { return a.Audits["cumulative-layout-shift"].NumericValue })
	if shift > 0.02 {
		t.Errorf("%s: a layout shift of %.3f", path, shift)
	}
	fmt.Printf("| %s | %.3f | %.0f |\n", strings.Join(line, " | "), shift, median(func(a audit) float64 { return a.Environment.BenchmarkIndex }))
}

// lacking returns the titles of the audits without a full score.
func (a audit) lacking() string {
	var titles []string
	for _, one := range a.Audits {
		if one.Score != nil && *one.Score < 0.9 {
			titles = append(titles, one.Title)
		}
	}
	slices.Sort(titles)
	return strings.Join(titles, "; ")
}

// lighthouse runs Lighthouse once, with its default settings for a phone.
func lighthouse(t *testing.T, cli, url, cookie string) audit {
	t.Helper()
	browser, err := installed("chromium-headless-shell")
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "report.json")
	args := []string{cli, url, "--quiet", "--no-enable-error-reporting", "--output=json", "--output-path=" + out,
		"--only-categories=performance,accessibility,best-practices,seo",
		"--chrome-flags=--headless --no-sandbox --disable-gpu --disable-quic --disable-component-update --disable-dev-shm-usage"}
	if cookie != "" {
		headers, err := json.Marshal(map[string]string{"Cookie": cookie})
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, "--extra-headers="+string(headers))
	}
	run := func() ([]byte, error) {
		cmd := exec.CommandContext(t.Context(), "node", args...)
		cmd.Env = append(os.Environ(), "CHROME_PATH="+browser)
		return cmd.CombinedOutput()
	}
	said, err := run()
	if err != nil && bytes.Contains(said, []byte("Please run Lighthouse again")) { // the message of Lighthouse on a busy machine
		said, err = run()
	}
	if err != nil {
		t.Fatalf("lighthouse: %v\n%s", err, said)
	}
	var found struct {
		audit
		FinalDisplayedURL string
	}
	text, err := os.ReadFile(out)
	if err == nil {
		err = json.Unmarshal(text, &found)
	}
	if err != nil || found.FinalDisplayedURL != url {
		t.Fatalf("lighthouse examined %q, want %s: %v", found.FinalDisplayedURL, url, err)
	}
	return found.audit
}
