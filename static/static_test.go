package static_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"stoa/static"
)

var names = []string{
	"app.css", "app.js", "htmx.js", "icons.svg", "instrument-sans.woff2", "favicon.svg", "touch-icon.png",
	"icon-192.png", "icon-512.png", "icon-maskable.png", "share.png",
	"favicon.ico", "robots.txt", "manifest.webmanifest",
}

func asset(t *testing.T, name string) static.Asset {
	t.Helper()
	a, ok := static.Lookup(static.URL(name))
	if !ok {
		t.Fatalf("Lookup(URL(%q)) finds nothing", name)
	}
	return a
}

func TestLookup_PathNamesContent(t *testing.T) {
	for _, name := range names {
		path, a := static.URL(name), asset(t, name)
		sum := sha256.Sum256(a.Body)
		hash := hex.EncodeToString(sum[:])
		if got := strings.Contains(path, "."+hash[:8]+"."); got != a.Immutable {
			t.Errorf("%s: hash in the path: %v, want %v, as Immutable", path, got, a.Immutable)
		}
		if want := `"` + hash[:16] + `"`; a.ETag != want {
			t.Errorf("%s: ETag = %s, want %s", path, a.ETag, want)
		}
	}
}

func TestLookup_UnknownPath(t *testing.T) {
	for _, path := range []string{"", "/", "/static/", "/static/app.css", "/static/app.00000000.css", "/static/../static.go"} {
		if _, ok := static.Lookup(path); ok {
			t.Errorf("Lookup(%q) finds a file", path)
		}
	}
}

func TestURL_UnknownName(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("URL of an unknown name does not panic")
		}
	}()
	static.URL("missing.css")
}

func TestPacked_UnpacksToBody(t *testing.T) {
	for _, name := range names {
		a := asset(t, name)
		if a.Gzip == nil && a.Brotli == nil {
			continue
		}
		unzip, err := gzip.NewReader(bytes.NewReader(a.Gzip))
		if err != nil {
			t.Fatalf("%s: gzip: %v", name, err)
		}
		for kind, r := range map[string]io.Reader{"gzip": unzip, "br": brotli.NewReader(bytes.NewReader(a.Brotli))} {
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, a.Body) {
				t.Errorf("%s: %s does not unpack to the body (%v)", name, kind, err)
			}
		}
		if len(a.Gzip) >= len(a.Body) || len(a.Brotli) >= len(a.Body) {
			t.Errorf("%s: a packed file is not smaller than the body", name)
		}
	}
}

// The limits for the files of a first visit, packed with gzip.
func TestSizes(t *testing.T) {
	css := len(asset(t, "app.css").Gzip)
	own := len(asset(t, "app.js").Gzip)
	all := own + len(asset(t, "htmx.js").Gzip)
	for what, size := range map[string][2]int{"style sheet": {css, 15 << 10}, "app.js": {own, 6 << 10}, "scripts": {all, 25 << 10}} {
		if size[0] > size[1] {
			t.Errorf("%s: %d bytes, more than %d", what, size[0], size[1])
		}
	}
}

// The style sheet and the manifest contain the hashed paths of other files.
func TestReferences_Exist(t *testing.T) {
	css := asset(t, "app.css").Body
	font := strings.TrimPrefix(static.URL("instrument-sans.woff2"), "/static/")
	if !bytes.Contains(css, []byte("url("+font+")")) {
		t.Errorf("app.css does not contain the preloaded font %s", font)
	}
	for _, match := range regexp.MustCompile(`"(/static/[^"]+)"`).FindAllSubmatch(asset(t, "manifest.webmanifest").Body, -1) {
		if _, ok := static.Lookup(string(match[1])); !ok {
			t.Errorf("manifest.webmanifest contains %s, which does not exist", match[1])
		}
	}
}

// The script must run under a Content-Security-Policy without unsafe-eval.
func TestScript_NoEvaluation(t *testing.T) {
	for _, word := range []string{"eval(", "new Function", "innerHTML", "setAttribute(\"style", ".style.", "document.write"} {
		if bytes.Contains(asset(t, "app.js").Body, []byte(word)) {
			t.Errorf("app.js contains %q", word)
		}
	}
}

// The sources of dist can be changed without Node, so this test compares their hash.
// After a failure run npm ci && npm run build.
func TestDist_IsBuiltFromItsInputs(t *testing.T) {
	paths := []string{"static/build.mjs", "tailwind.config.js", "package.json", "package-lock.json"}
	paths = append(paths, files(t, "static/src", "")...)
	paths = append(paths, files(t, "views", ".html")...)
	slices.Sort(paths)
	var lines strings.Builder
	for _, path := range paths {
		data, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(data), path)
	}
	want := fmt.Sprintf("%x\n", sha256.Sum256([]byte(lines.String())))
	got, err := os.ReadFile("dist/inputs.sha256")
	if err != nil || string(got) != want {
		t.Errorf("static/dist does not match its sources (%v): run npm ci && npm run build", err)
	}
}

func files(t *testing.T, dir, ext string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(filepath.Join("..", dir), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ext) {
			list = append(list, filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator))))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
