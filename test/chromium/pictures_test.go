package chromium

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"stoa/platform/picture/picturetest"
	"stoa/test/rig"
)

// mostDifference is between a served picture and the uploaded one as Chromium shows
// it, in each channel.
const mostDifference = 6

// A user sees the picture with the colours and the orientation that the browser shows.
func TestAvatar_LooksAsInTheBrowser(t *testing.T) {
	t.Parallel()
	app := shared(t)
	files := samples()
	names := slices.Sorted(maps.Keys(files))
	served := serveAvatars(t, app, names, files)
	tab := open(t, app)
	tab.host = strings.TrimPrefix(served.URL, "http://")
	tab.Follow("the samples", func() { tab.do(chromedp.Navigate(served.URL + "/")) })
	for i, shown := range evaluate[[][2][][4]int](tab, showPairs, len(names)) {
		if len(shown[0]) == 0 || len(shown[1]) == 0 {
			t.Errorf("%s: the browser shows %d fields of the file and %d of the picture", names[i], len(shown[0]), len(shown[1]))
			continue
		}
		worst := 0
		for field, want := range shown[0] {
			got := shown[1][field]
			for channel := range want {
				worst = max(worst, got[channel]-want[channel], want[channel]-got[channel])
			}
			if worst > mostDifference {
				t.Errorf("%s: the picture has %v in field %d, want %v as in the browser", names[i], got, field, want)
				break
			}
		}
		t.Logf("%-40s differs by at most %d", names[i], worst)
	}
}

// showPairs draws the uploaded files and the served pictures in a canvas, and returns
// the colours in the middle of the sixteen fields of each.
const showPairs = `(async n => {
	const fields = async path => {
		const img = new Image(), at = [32, 96, 160, 224];
		img.src = path;
		try { await img.decode() } catch { return [] }
		const pen = new OffscreenCanvas(256, 256).getContext("2d", {willReadFrequently: true});
		pen.drawImage(img, 0, 0, 256, 256);
		return at.flatMap(y => at.map(x => [...pen.getImageData(x, y, 1, 1).data]));
	};
	return Promise.all([...Array(n).keys()].map(i => Promise.all([fields("/file/" + i), fields("/avatar/" + i)])));
})(%s)`

// serveAvatars uploads each file and returns a server with the files and the pictures.
func serveAvatars(t *testing.T, app *rig.App, names []string, files map[string][]byte) *httptest.Server {
	t.Helper()
	b, _ := app.RegisterBrowser(t)
	b.Open("/settings/profile")
	bodies := map[string]string{}
	for i, name := range names {
		bodies[fmt.Sprint("/file/", i)] = string(files[name])
		if page := b.Upload(avatarForm, files[name]); page.Status != http.StatusOK {
			t.Errorf("%s: refused with %q", name, page.Text("#avatar-error"))
			continue
		}
		bodies[fmt.Sprint("/avatar/", i)] = download(t, app.Base+b.Page.Find("#picture img").AttrOr("src", ""))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, found := bodies[r.URL.Path]
		if !found { // also of a refused picture, which the test has reported
			w.Header().Set("Content-Type", "text/html")
			body = `<!doctype html><link rel="icon" href="data:,">`
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server
}

func download(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s = %d, %v", url, res.StatusCode, err)
	}
	return string(body)
}

// samples returns a picture of each kind, all of the fields of picturetest.Grid.
func samples() map[string][]byte {
	grid := picturetest.Grid()
	jpg, png := picturetest.JPEG(grid), picturetest.PNG(grid)
	files := map[string][]byte{
		"JPEG": jpg, "JPEG without its last 2 bytes": jpg[:len(jpg)-2], "JPEG without its last 10 bytes": jpg[:len(jpg)-10],
		"PNG, palette": png, "PNG without its last chunk": png[:len(png)-12],
		"PNG, RGB":                            picturetest.PNG(picturetest.In(image.NewRGBA(grid.Rect), grid)),
		"PNG, grey":                           picturetest.PNG(picturetest.In(image.NewGray(grid.Rect), grid)),
		"PNG, 16 bits, linear":                picturetest.PNGWith(picturetest.PNG(picturetest.In(image.NewRGBA64(grid.Rect), grid)), gamma(1)),
		"PNG, palette with transparency":      picturetest.PNG(faded()),
		"PNG, a wrong checksum of a text":     picturetest.PNGWith(png, picturetest.BadChunk("tEXt", []byte("Comment\x00text"))),
		"PNG, a wrong checksum of the pixels": wrongSum(png),
	}
	for _, name := range []string{
		"lossy.webp", "lossy-alpha.webp", "lossless.webp", "lossless-alpha.webp", "progressive.jpg", "restart.jpg", "rgb.jpg", "grey.jpg", "cmyk.jpg",
		"1x1.jpg", "2x1.jpg", "1x2.jpg", "4x1.jpg",
	} {
		files[name] = picturetest.File(name)
	}
	maps.Copy(files, profiled(jpg, png))
	maps.Copy(files, turned(jpg, png))
	maps.Copy(files, animated(png))
	return files
}

// profiled returns pictures whose colours are not those of sRGB.
func profiled(jpg, png []byte) map[string][]byte {
	files := map[string][]byte{}
	webp, lossy, grey := picturetest.File("lossless.webp"), picturetest.File("lossy.webp"), picturetest.File("grey.jpg")
	for name, profile := range map[string]picturetest.Profile{
		"AdobeRGB":   {Version: 2, Space: "RGB ", Columns: picturetest.AdobeRGB, Curve: picturetest.Gamma(563. / 256)},
		"Display P3": {Version: 4, Space: "RGB ", Columns: picturetest.DisplayP3, Curve: picturetest.SRGBCurve},
		"ProPhoto":   {Version: 2, Space: "RGB ", Columns: picturetest.ProPhoto, Curve: picturetest.Gamma(1.8)},
	} {
		b := profile.Bytes()
		files["JPEG, "+name] = picturetest.JPEGWith(jpg, picturetest.ProfileSegments(b, 60_000))
		files["JPEG, grey, "+name] = picturetest.JPEGWith(grey, picturetest.ProfileSegments(b, 60_000))
		files["PNG, "+name] = picturetest.PNGWith(png, picturetest.ProfileChunk(b))
		files["WebP, "+name] = picturetest.Extended(1<<5, 256, 256, picturetest.RIFF("ICCP", b), webp[12:])
		files["WebP, lossy, "+name] = picturetest.Extended(1<<5, 256, 256, picturetest.RIFF("ICCP", b), lossy[12:])
	}
	adobe := picturetest.Profile{Version: 2, Space: "RGB ", Columns: picturetest.AdobeRGB, Curve: picturetest.Gamma(2.2)}.Bytes()
	table := picturetest.Profile{Version: 2, Space: "RGB ", Table: picturetest.Table(3, 17, func(v float64) float64 { return v }, picturetest.Lab)}.Bytes()
	files["PNG, a profile of a table"] = picturetest.PNGWith(png, picturetest.ProfileChunk(table))
	files["JPEG, a profile in parts"] = picturetest.JPEGWith(jpg, picturetest.ProfileSegments(adobe, 100))
	files["JPEG, a damaged profile"] = picturetest.JPEGWith(jpg, picturetest.ProfileSegments(adobe[:200], 60_000))
	files["WebP, a profile without its flag"] = picturetest.Extended(0, 256, 256, picturetest.RIFF("ICCP", adobe), webp[12:])
	files["PNG, a profile with a wrong checksum"] = picturetest.PNGWith(png, picturetest.BadChunk("iCCP", picturetest.ProfileChunk(adobe)[8:]))
	files["CMYK, an RGB profile"] = picturetest.JPEGWith(picturetest.File("cmyk.jpg"), picturetest.ProfileSegments(adobe, 60_000))
	sampled := picturetest.Profile{Version: 2, Space: "GRAY", Curve: picturetest.Sampled(256, func(v float64) float64 { return math.Pow(v, 1.4) })}.Bytes()
	files["JPEG, grey, a grey profile"] = picturetest.JPEGWith(grey, picturetest.ProfileSegments(sampled, 60_000))
	files["JPEG, a grey profile"] = picturetest.JPEGWith(jpg, picturetest.ProfileSegments(sampled, 60_000))
	p3 := picturetest.Chunk("cHRM", words(31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
	files["PNG, gAMA 0.55"] = picturetest.PNGWith(png, gamma(0.55))
	files["PNG, gAMA 0.45455"] = picturetest.PNGWith(png, gamma(0.45455))
	files["PNG, gAMA and cHRM"] = picturetest.PNGWith(png, gamma(0.45455), p3)
	files["PNG, cHRM alone"] = picturetest.PNGWith(png, p3)
	files["PNG, gAMA and sRGB"] = picturetest.PNGWith(png, gamma(1), picturetest.Chunk("sRGB", []byte{0}))
	for _, c := range [][4]byte{{12, 13, 0, 1}, {9, 1, 0, 1}, {1, 8, 0, 1}, {5, 5, 0, 1}, {12, 13, 0, 0}} {
		files[fmt.Sprint("PNG, cICP ", c)] = picturetest.PNGWith(png, picturetest.Chunk("cICP", c[:]))
	}
	return files
}

// turned returns pictures with an orientation.
func turned(jpg, png []byte) map[string][]byte {
	files := map[string][]byte{}
	webp := picturetest.File("lossless.webp")
	for _, o := range []uint16{0, 3, 5, 6, 8, 9} { // a test of the package has each
		block := picturetest.Exif(o, o%2 == 0)
		files[fmt.Sprint("JPEG, orientation ", o)] = picturetest.JPEGWith(jpg, picturetest.ExifSegment(block))
		files[fmt.Sprint("PNG, orientation ", o)] = picturetest.PNGWith(png, picturetest.Chunk("eXIf", block))
	}
	block := picturetest.Exif(6, true)
	files["WebP, orientation 6"] = picturetest.Extended(1<<3, 256, 256, webp[12:], picturetest.RIFF("EXIF", block))
	files["PNG, orientation 6 behind the pixels"] = bytes.Join([][]byte{png[:len(png)-12], picturetest.Chunk("eXIf", block), png[len(png)-12:]}, nil)
	files["JPEG, two orientations"] = picturetest.JPEGWith(jpg, picturetest.ExifSegment(block), picturetest.ExifSegment(picturetest.Exif(3, true)))
	files["JPEG, orientation of another type"] = picturetest.JPEGWith(jpg, picturetest.ExifSegment(bytes.Replace(block, []byte{1, 0x12, 0, 3}, []byte{1, 0x12, 0, 4}, 1)))
	return files
}

// animated returns animations, of which the browser shows the first frame first. That
// of a PNG can be apart from its default picture.
func animated(png []byte) map[string][]byte {
	head, still, end := png[:33], png[33:len(png)-12], png[len(png)-12:]
	plain, part := picturetest.Grid(), picturetest.Grid()
	clear(plain.Pix)
	part.Pix, part.Stride, part.Rect = part.Pix[:128*128], 128, image.Rect(0, 0, 128, 128)
	control := func(n, side, corner uint32) []byte {
		return picturetest.Chunk("fcTL", append(words(n, side, side, corner, corner), 0, 10, 0, 10, 0, 0))
	}
	frame := func(n uint32, png []byte) []byte { return picturetest.Chunk("fdAT", append(words(n), pixels(png)...)) }
	apng := func(chunks ...[]byte) []byte {
		return bytes.Join([][]byte{head, picturetest.Chunk("acTL", words(2, 0)), bytes.Join(chunks, nil), end}, nil)
	}
	behind := bytes.Join([][]byte{control(2, 256, 0), frame(3, picturetest.PNG(plain))}, nil)
	animation := picturetest.RIFF("ANIM", make([]byte, 6))
	lossy, lossless, alpha := picturetest.File("lossy.webp")[12:], picturetest.File("lossless.webp")[12:], picturetest.File("lossy-alpha.webp")[30:]
	return map[string][]byte{
		"animated PNG":                  apng(control(0, 256, 0), still, control(1, 256, 0), frame(2, picturetest.PNG(plain))),
		"animated PNG, default apart":   apng(picturetest.PNG(plain)[33:len(picturetest.PNG(plain))-12], control(0, 256, 0), frame(1, png), behind),
		"animated PNG, a smaller frame": apng(still, control(0, 128, 64), frame(1, picturetest.PNG(part)), behind),
		"animated WebP":                 picturetest.Extended(1<<1, 256, 256, animation, picturetest.Frame(0, 0, 256, 256, lossy), picturetest.Frame(0, 0, 256, 256, lossless)),
		"animated WebP, transparent":    picturetest.Extended(1<<1|1<<4, 256, 256, animation, picturetest.Frame(0, 0, 256, 256, alpha)),
		"animated WebP, smaller frame":  picturetest.Extended(1<<1, 512, 512, animation, picturetest.Frame(160, 160, 256, 256, lossy)),
		"WebP, flag of a missing alpha": picturetest.Extended(1<<4, 256, 256, lossy),
		"WebP, alpha without its flag":  picturetest.Extended(0, 256, 256, alpha),
	}
}

// pixels returns the compressed pixels of a PNG.
func pixels(png []byte) []byte {
	at := bytes.Index(png, []byte("IDAT"))
	return png[at+4:][:binary.BigEndian.Uint32(png[at-4:])]
}

// wrongSum returns the PNG with a wrong checksum of the chunk before the last.
func wrongSum(png []byte) []byte {
	b := bytes.Clone(png)
	b[len(b)-13] ^= 1
	return b
}

// faded returns the fields with a palette that becomes more and more transparent.
func faded() *image.Paletted {
	img := picturetest.Grid()
	for i := range img.Palette {
		c := picturetest.Fields[i]
		c.A = uint8(255 - 12*i)
		img.Palette[i] = c
	}
	return img
}

func gamma(v float64) []byte { return picturetest.Chunk("gAMA", words(uint32(math.Round(v*100_000)))) }

func words(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}
