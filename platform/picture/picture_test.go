package picture

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"stoa/platform/fault"
	"stoa/platform/picture/picturetest"
	"stoa/platform/workers"
)

func process(t testing.TB, file []byte) (Processed, error) {
	t.Helper()
	s := New()
	defer s.Close()
	return s.Process(context.Background(), "avatar", file, 256, 64)
}

// drawn processes a file that must be accepted and returns its squares, decoded.
func drawn(t testing.TB, what string, file []byte) (Processed, []image.Image) {
	t.Helper()
	d, err := process(t, file)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	decode := jpeg.Decode
	if d.Ext == ".png" {
		decode = png.Decode
	}
	var squares []image.Image
	for _, s := range d.Squares {
		img, err := decode(bytes.NewReader(s.Body))
		if err != nil {
			t.Fatalf("%s: the square of %d is not %s: %v", what, s.Side, d.Ext, err)
		}
		squares = append(squares, img)
	}
	return d, squares
}

func wantRefused(t *testing.T, what string, file []byte, code string) {
	t.Helper()
	_, err := process(t, file)
	f := fault.As(err)
	if f == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != "avatar" || f.Fields[0].Code != code {
		t.Errorf("%s = %v, want the refusal %s", what, err, code)
		return
	}
	if sentence := f.Fields[0].Message; !strings.HasSuffix(sentence, ".") || strings.Contains(sentence, "invalid") {
		t.Errorf("%s: %q does not say what to do", what, sentence)
	}
}

// near compares colours with the tolerance that JPEG needs.
func near(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	far := func(a, b uint32) bool { return max(a, b)-min(a, b) > 24<<8 }
	return !far(ar, br) && !far(ag, bg) && !far(ab, bb)
}

func TestDraw_Kinds(t *testing.T) {
	t.Parallel()
	deep := image.NewRGBA64(image.Rect(0, 0, 300, 300))
	for i := range deep.Pix {
		deep.Pix[i] = 0xff
	}
	for what, c := range map[string]struct {
		file []byte
		ext  string
		side int // of the largest square
	}{
		"JPEG":           {picturetest.JPEG(quarters(600, 400)), ".jpg", 256},
		"PNG":            {picturetest.PNG(quarters(400, 600)), ".jpg", 256},
		"smaller":        {picturetest.PNG(quarters(100, 40)), ".jpg", 40},
		"one pixel":      {picturetest.PNG(quarters(1, 1)), ".jpg", 1},
		"a line":         {picturetest.PNG(quarters(9000, 1)), ".jpg", 1},
		"transparent":    {picturetest.PNG(image.NewNRGBA(image.Rect(0, 0, 300, 300))), ".png", 256},
		"palette":        {picturetest.PNG(image.NewPaletted(image.Rect(0, 0, 300, 300), color.Palette{red, blue})), ".jpg", 256},
		"16 bits":        {picturetest.PNG(deep), ".jpg", 256},
		"grey":           {picturetest.JPEG(image.NewGray(image.Rect(0, 0, 300, 300))), ".jpg", 256},
		"CMYK":           {flat(300, 4, 1, 8, false), ".jpg", 256},
		"progressive":    {flat(300, 3, 1, 8, true), ".jpg", 256},
		"many scans":     {flat(300, 3, maxScans, 8, true), ".jpg", 256},
		"WebP, lossy":    {lossy, ".jpg", 16},
		"WebP, lossless": {lossless, ".jpg", 16},
		"WebP, extended": {extended(0, 16, 16, lossy), ".jpg", 16},
		"animated PNG":   {picturetest.PNGWith(picturetest.PNG(quarters(300, 300)), picturetest.Chunk("acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0})), ".jpg", 256},
		"HTML after it":  {append(picturetest.PNG(quarters(300, 300)), "<script>alert(1)</script>"...), ".jpg", 256},
	} {
		d, squares := drawn(t, what, c.file)
		for i, side := range []int{c.side, min(64, c.side)} {
			if got := squares[i].Bounds(); d.Ext != c.ext || got.Dx() != side || got.Dy() != side {
				t.Errorf("%s: %s of %v, want %s of %d × %d", what, d.Ext, got, c.ext, side, side)
			}
		}
	}
}

func TestDraw_Refused(t *testing.T) {
	t.Parallel()
	whole, jpg := picturetest.PNG(quarters(300, 300)), picturetest.JPEG(quarters(300, 300))
	for code, files := range map[string]map[string][]byte{
		"required": {"nothing": nil},
		"wrong_type": {
			"text": []byte("hello"), "a page": []byte("<html><img src=x>"), "SVG": []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
			"GIF": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "BMP": []byte("BM\x00\x00"), "ZIP": []byte("PK\x03\x04"), "PDF": []byte("%PDF-1.7"),
			"sound": append([]byte("RIFF\x00\x00\x00\x00WAVE"), make([]byte, 30)...), "PNG after HTML": append([]byte("<script>"), whole...),
		},
		"too_large": {"a byte too many": append(bytes.Clone(whole), make([]byte, MaxBytes+1-len(whole))...)},
		"too_many_pixels": {
			"PNG": pngOf(30000, 30000), "a wide PNG": pngOf(1<<31-1, 1),
			"JPEG": withHugeFrame(jpg), "WebP": webpOf(16384, 16384), "WebP, extended": extended(0, 16384, 16384, webpOf(16384, 16384)),
			"a small frame of a huge animation": picturetest.Extended(1<<1, 16384, 16384, picturetest.Frame(0, 0, 16, 16, lossy[12:])),
		},
		"too_complex": {"JPEG of 33 scans": flat(64, 3, maxScans+1, 8, true), "of thousands": flat(8, 1, 20000, 8, true)},
		"unsupported": {"JPEG of 12 bits": flat(64, 1, 1, 12, false), "HDR": picturetest.PNGWith(whole, picturetest.Chunk("cICP", []byte{9, 16, 0, 1}))},
		"damaged": {
			"half a PNG": whole[:len(whole)/2], "half a JPEG": jpg[:len(jpg)/2], "half a WebP": lossy[:len(lossy)/2],
			"the head of a PNG": whole[:8], "the head of a JPEG": jpg[:3], "no pixels": pngOf(0, 10),
			"a huge frame behind a small header": extended(0, 16, 16, webpOf(16384, 16384)), "wrong pixels": corrupt(whole), "a wrong checksum of the header": corruptHeader(whole),
			"a WebP without its last byte": lossy[:len(lossy)-1], "a frame outside of the picture": picturetest.Extended(1<<1, 16, 16, picturetest.Frame(2, 0, 16, 16, lossy[12:])),
			"an animation without frames":       picturetest.Extended(1<<1, 16, 16, picturetest.RIFF("ANIM", make([]byte, 6))),
			"a PNG whose pixel count overflows": pngOf(1<<31-1, 1<<31-1),
		},
	} {
		for what, file := range files {
			wantRefused(t, what, file, code)
		}
	}
}

// A refusal names what the program cannot read, whatever the name of the file.
func TestDraw_RefusalsNameTheReason(t *testing.T) {
	t.Parallel()
	jpg := picturetest.JPEG(picturetest.Grid())
	box := func(brands string) []byte {
		return append([]byte{0, 0, 0, byte(8 + len(brands)), 'f', 't', 'y', 'p'}, brands+"\x00\x00\x00\x08mdat"...)
	}
	cmyk := picturetest.Profile{Version: 2, Space: "CMYK", Table: picturetest.Table(4, 2, func(x float64) float64 { return x }, func(c []float64) [3]float64 {
		return [3]float64{1 - c[3], 0.5, 0.5}
	})}.Bytes()
	for name, file := range map[string][]byte{
		"HEIC":                      box("heic\x00\x00\x00\x00mif1heic"),
		"a HEIC picture":            box("mif1\x00\x00\x00\x00mif1heic"),
		"AVIF":                      box("mif1\x00\x00\x00\x00mif1avif"),
		"video":                     box("isom\x00\x00\x02\x00mp41"),
		"GIF":                       []byte("GIF89a\x01\x00\x01\x00"),
		"BMP":                       []byte("BM\x00\x00"),
		"TIFF":                      []byte("II*\x00\x08\x00\x00\x00"),
		"JPEG XL":                   []byte("\xff\x0a\x00"),
		"SVG":                       []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"PDF":                       []byte("%PDF-1.7"),
		"sampling 2x4,1x1,1x1":      picturetest.File("2x4.jpg"),
		"sampling 2x2,2x1,1x1":      picturetest.File("2x2-2x1-1x1.jpg"),
		"arithmetic coding":         picturetest.File("arithmetic.jpg"),
		"12 bits":                   flat(64, 1, 1, 12, false),
		"without the mark of Adobe": bytes.Replace(flat(64, 4, 1, 8, false), []byte("Adobe"), []byte("adobe"), 1),
		"profile CMYK":              picturetest.JPEGWith(picturetest.File("cmyk.jpg"), picturetest.ProfileSegments(cmyk, 60_000)),
		"PQ":                        picturetest.PNGWith(picturetest.PNG(picturetest.Grid()), picturetest.Chunk("cICP", []byte{9, 16, 0, 1})),
		"incomplete":                jpg[:len(jpg)/2],
	} {
		_, err := process(t, file)
		if f := fault.As(err); f == nil || len(f.Fields) != 1 || !strings.Contains(f.Fields[0].Message, name) {
			t.Errorf("%s: %v, want a refusal that names it", name, err)
		}
	}
}

// A hostile profile costs no more than its file has, and the picture is drawn without
// it.
func TestDraw_HostileProfiles(t *testing.T) {
	t.Parallel()
	whole := picturetest.PNG(picturetest.Grid())
	sound := picturetest.Profile{Version: 2, Space: "RGB ", Columns: picturetest.AdobeRGB, Curve: picturetest.Gamma(2.2)}.Bytes()
	changed := func(at int, to string) []byte {
		b := bytes.Clone(sound)
		copy(b[at:], to)
		return b
	}
	for what, profile := range map[string][]byte{
		"4 billion tags":               changed(128, "\xff\xff\xff\xff"),
		"a tag of 4 GB":                changed(132+8, "\xff\xff\xff\xf0"),
		"a tag at 4 GB":                changed(132+4, "\xff\xff\xff\xf0"),
		"many zeros":                   make([]byte, 64<<20),
		"more tags than a profile has": changed(128, "\x00\x10\x00\x00"),
		"no header":                    sound[:100],
		"a curve of 4 GB":              changed(bytes.Index(sound, []byte("curv"))+8, "\x7f\xff\xff\xff"),
		"a curve without points":       changed(bytes.Index(sound, []byte("curv")), "text"),
	} {
		var before, after runtime.MemStats
		file := picturetest.PNGWith(whole, picturetest.ProfileChunk(profile))
		runtime.ReadMemStats(&before)
		_, squares := drawn(t, what, file)
		runtime.ReadMemStats(&after)
		if got := squares[0].At(32, 32); !near(got, picturetest.Fields[0]) {
			t.Errorf("%s: %v, want the colour of the file", what, got)
		}
		if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 64 {
			t.Errorf("%s: %d MiB allocated", what, mib)
		}
	}
}

// Browsers show these files, although their ends or checksums are wrong.
func TestDraw_Mended(t *testing.T) {
	t.Parallel()
	whole, jpg, progressive := picturetest.PNG(picturetest.Grid()), picturetest.JPEG(picturetest.Grid()), picturetest.File("progressive.jpg")
	files := map[string][]byte{}
	for _, n := range []int{1, 2, 3, 4, 8, 16} {
		files[fmt.Sprintf("a JPEG without its last %d bytes", n)] = jpg[:len(jpg)-n]
		files[fmt.Sprintf("a progressive JPEG without its last %d bytes", n)] = progressive[:len(progressive)-n]
		files[fmt.Sprintf("a PNG without its last %d bytes", n)] = whole[:len(whole)-n]
	}
	// The sum of the pixels stands before the chunk's own sum and the last chunk.
	for what, at := range map[string]int{"the pixels": 17, "the chunk of the pixels": 13, "the last chunk": 1} {
		file := bytes.Clone(whole)
		file[len(file)-at] ^= 1
		files["a PNG with a wrong checksum of "+what] = file
	}
	for _, name := range []string{"tEXt", "iCCP", "gAMA", "eXIf", "acTL", "sBIT"} {
		files["a PNG with a wrong checksum of "+name] = picturetest.PNGWith(whole, picturetest.BadChunk(name, []byte{0, 0, 0, 1}))
	}
	for what, file := range files {
		_, squares := drawn(t, what, file)
		for i, want := range picturetest.Fields {
			if got := squares[0].At(i%4*64+32, i/4*64+32); !near(got, want) {
				t.Errorf("%s: %v in field %d, want %v", what, got, i, want)
			}
		}
	}
}

func TestDraw_OneRowTooMany(t *testing.T) {
	t.Parallel()
	if src, err := parse(pngOf(5000, 5000)); err != nil || src.width*src.height != 25_000_000 {
		t.Errorf("25 megapixels = %d × %d, %v; want it accepted", src.width, src.height, err)
	}
	wantRefused(t, "5000 × 5001", pngOf(5000, 5001), "too_many_pixels")
}

// withHugeFrame sets the size in the header of a JPEG to 65535 × 65535.
func withHugeFrame(file []byte) []byte {
	b := bytes.Clone(file)
	at := bytes.Index(b, []byte{0xff, 0xc0})
	copy(b[at+5:], "\xff\xff\xff\xff")
	return b
}

func corruptHeader(file []byte) []byte {
	b := bytes.Clone(file)
	b[8+8+13] ^= 1
	return b
}

func corrupt(file []byte) []byte {
	b := bytes.Clone(file)
	b[len(b)/2] ^= 0x55
	return b
}

// upright has, for each orientation, the colours that are then at the top left and
// top right of a picture with the rows red-green and blue-white.
var upright = map[uint16][2]color.NRGBA{
	0: {red, green}, 1: {red, green}, 2: {green, red}, 3: {white, blue}, 4: {blue, white}, 5: {red, blue}, 6: {blue, red},
	7: {white, green}, 8: {green, white}, 9: {red, green},
}

func TestDraw_Orientation(t *testing.T) {
	t.Parallel()
	jpg, whole := picturetest.JPEG(quarters(64, 64)), picturetest.PNG(quarters(64, 64))
	for orientation, want := range upright {
		for what, file := range map[string][]byte{
			"JPEG":             jpegWithExif(jpg, picturetest.Exif(orientation, false)),
			"JPEG, big-endian": jpegWithExif(jpg, picturetest.Exif(orientation, true)),
			"PNG":              picturetest.PNGWith(whole, picturetest.Chunk("tEXt", []byte("a\x00b")), picturetest.Chunk("eXIf", picturetest.Exif(orientation, true))),
		} {
			_, squares := drawn(t, what, file)
			if left, right := squares[1].At(8, 8), squares[1].At(55, 8); !near(left, want[0]) || !near(right, want[1]) {
				t.Errorf("%s with orientation %d: %v and %v at the top, want %v", what, orientation, left, right, want)
			}
		}
	}
}

// The output contains only the pixels of the file (ASVS 14.2.8): no location, no
// camera, no comment and no script.
func TestDraw_MetadataGone(t *testing.T) {
	t.Parallel()
	const page = "<script>alert(1)</script>PK\x03\x04"
	whole, jpg := picturetest.PNG(quarters(300, 300)), picturetest.JPEG(quarters(300, 300))
	for what, file := range map[string][]byte{
		"JPEG": append(jpegWithExif(jpg, picturetest.Exif(1, true)), page...),
		"PNG":  append(picturetest.PNGWith(whole, picturetest.Chunk("tEXt", []byte("Comment\x00"+page)), picturetest.Chunk("eXIf", picturetest.Exif(1, true))), page...),
		"transparent": picturetest.PNGWith(picturetest.PNG(image.NewNRGBA(image.Rect(0, 0, 300, 300))), picturetest.Chunk("tEXt", []byte("Comment\x00"+page)),
			picturetest.Chunk("eXIf", picturetest.Exif(1, true))),
		"WebP": append(extended(1<<3, 16, 16, lossy, picturetest.RIFF("EXIF", picturetest.Exif(1, false))), page...),
	} {
		d, _ := drawn(t, what, file)
		for _, square := range d.Squares {
			for _, trace := range []string{"Exif", "eXIf", "tEXt", "48.2082", "Comment", "script", "PK\x03\x04"} {
				if bytes.Contains(square.Body, []byte(trace)) {
					t.Errorf("%s: the square of %d contains %q", what, square.Side, trace)
				}
			}
		}
	}
}

// One picture is processed at a time and maxWaiting wait; further ones are refused
// with a Retry-After.
func TestDraw_Busy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New()
		defer s.Close()
		release := make(chan struct{})
		running := make(chan error, 1)
		go func() {
			_, err := workers.Do(t.Context(), s.worker, func() bool { <-release; return true })
			running <- err
		}()
		synctest.Wait()
		file, waiting := picturetest.PNG(quarters(4, 4)), make(chan error, maxWaiting)
		for range maxWaiting {
			go func() {
				_, err := s.Process(t.Context(), "avatar", file, 256)
				waiting <- err
			}()
		}
		synctest.Wait()
		_, err := s.Process(t.Context(), "avatar", file, 256)
		if f := fault.As(err); f == nil || f.Kind != fault.Unavailable || f.Code != "busy" || f.RetryAfter <= 0 {
			t.Errorf("Process = %v, want busy", err)
		}
		close(release)
		if err := <-running; err != nil {
			t.Errorf("the running picture = %v", err)
		}
		for range maxWaiting {
			if err := <-waiting; err != nil {
				t.Errorf("a waiting picture = %v", err)
			}
		}
	})
}

// FuzzDraw looks for files that yield neither squares nor a refusal.
func FuzzDraw(f *testing.F) {
	profile := picturetest.Profile{Version: 4, Space: "RGB ", Columns: picturetest.DisplayP3, Curve: picturetest.SRGBCurve}.Bytes()
	for _, seed := range [][]byte{
		picturetest.PNG(quarters(20, 10)), picturetest.JPEG(quarters(20, 10)), jpegWithExif(picturetest.JPEG(quarters(9, 9)), picturetest.Exif(6, true)), lossy, lossless,
		extended(1<<3, 16, 16, lossy, picturetest.RIFF("EXIF", picturetest.Exif(6, false))), flat(16, 4, 1, 8, false), flat(16, 3, 3, 8, true), pngOf(5000, 5000),
		picturetest.PNGWith(picturetest.PNG(quarters(9, 9)), picturetest.Chunk("eXIf", picturetest.Exif(3, false))),
		picturetest.Extended(1<<1|1<<4, 32, 32, picturetest.Frame(8, 8, 16, 16, lossy[12:])), picturetest.File("lossy-alpha.webp"),
		picturetest.File("progressive.jpg")[:1000], picturetest.JPEGWith(picturetest.JPEG(quarters(9, 9)), picturetest.ProfileSegments(profile, 100)),
		picturetest.PNGWith(picturetest.PNG(quarters(9, 9)), picturetest.Chunk("acTL", make([]byte, 8)), picturetest.ProfileChunk(profile)),
		[]byte("\x00\x00\x00\x10ftypheic\x00\x00\x00\x00"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		src, err := parse(file)
		if err == nil {
			if src.width*src.height > 1_000_000 { // too slow to decode for each input
				return
			}
			_, err = render(src, []int{64})
		}
		if err = ofField("avatar", err); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%v, want a refusal", err)
		}
	})
}
