package picture

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"testing/synctest"

	"stoa/platform/fault"
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
		"JPEG":           {asJPEG(t, quarters(600, 400)), ".jpg", 256},
		"PNG":            {asPNG(t, quarters(400, 600)), ".jpg", 256},
		"smaller":        {asPNG(t, quarters(100, 40)), ".jpg", 40},
		"one pixel":      {asPNG(t, quarters(1, 1)), ".jpg", 1},
		"a line":         {asPNG(t, quarters(9000, 1)), ".jpg", 1},
		"transparent":    {asPNG(t, image.NewNRGBA(image.Rect(0, 0, 300, 300))), ".png", 256},
		"palette":        {asPNG(t, image.NewPaletted(image.Rect(0, 0, 300, 300), color.Palette{red, blue})), ".jpg", 256},
		"16 bits":        {asPNG(t, deep), ".jpg", 256},
		"grey":           {asJPEG(t, image.NewGray(image.Rect(0, 0, 300, 300))), ".jpg", 256},
		"CMYK":           {flat(300, 4, 1, 8, false), ".jpg", 256},
		"progressive":    {flat(300, 3, 1, 8, true), ".jpg", 256},
		"many scans":     {flat(300, 3, maxScans, 8, true), ".jpg", 256},
		"WebP, lossy":    {lossy, ".jpg", 16},
		"WebP, lossless": {lossless, ".jpg", 16},
		"WebP, extended": {extended(0, 16, 16, lossy), ".jpg", 16},
		"animated PNG":   {pngWith(asPNG(t, quarters(300, 300)), chunk("acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0})), ".jpg", 256},
		"HTML after it":  {append(asPNG(t, quarters(300, 300)), "<script>alert(1)</script>"...), ".jpg", 256},
	} {
		d, squares := drawn(t, what, c.file)
		for i, side := range []int{c.side, min(64, c.side)} {
			if got := squares[i].Bounds(); d.Ext != c.ext || got.Dx() != side || got.Dy() != side {
				t.Errorf("%s: %s of %v, want %s of %d × %d", what, d.Ext, got, c.ext, side, side)
			}
		}
	}
}

// Decoding must keep the colours of a WebP.
func TestDraw_WebPInColour(t *testing.T) {
	t.Parallel()
	for what, file := range map[string][]byte{"lossy": lossy, "lossless": lossless} {
		if _, squares := drawn(t, what, file); !near(squares[0].At(8, 8), color.NRGBA{200, 30, 30, 255}) {
			t.Errorf("%s: %v in the middle, want red", what, squares[0].At(8, 8))
		}
	}
}

func TestDraw_Refused(t *testing.T) {
	t.Parallel()
	whole, jpg := asPNG(t, quarters(300, 300)), asJPEG(t, quarters(300, 300))
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
			"JPEG": withHugeFrame(jpg), "WebP": webpOf(16384, 16384), "WebP, extended": extended(0, 16384, 16384, lossy),
		},
		"too_complex": {"JPEG of 33 scans": flat(64, 3, maxScans+1, 8, true), "of thousands": flat(8, 1, 20000, 8, true)},
		"animated":    {"WebP": extended(1<<1, 16, 16, nil12, riff("ANIM", make([]byte, 6)))},
		"damaged": {
			"half a PNG": whole[:len(whole)/2], "half a JPEG": jpg[:len(jpg)/2], "half a WebP": lossy[:len(lossy)/2],
			"the head of a PNG": whole[:8], "the head of a JPEG": jpg[:3], "no pixels": pngOf(0, 10), "JPEG of 12 bits": flat(64, 1, 1, 12, false),
			"a huge frame behind a small header": extended(0, 16, 16, webpOf(16384, 16384)), "a wrong checksum": corrupt(whole), "a PNG whose pixel count overflows": pngOf(1<<31-1, 1<<31-1),
		},
	} {
		for what, file := range files {
			wantRefused(t, what, file, code)
		}
	}
}

var nil12 = make([]byte, 12)

func TestDraw_OneRowTooMany(t *testing.T) {
	t.Parallel()
	if _, pixels, err := checkFormat(pngOf(5000, 5000)); err != nil || pixels != 25_000_000 {
		t.Errorf("25 megapixels = %d, %v; want it accepted", pixels, err)
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
	jpg, whole := asJPEG(t, quarters(64, 64)), asPNG(t, quarters(64, 64))
	for orientation, want := range upright {
		for what, file := range map[string][]byte{
			"JPEG":             jpegWithExif(jpg, exif(orientation, false)),
			"JPEG, big-endian": jpegWithExif(jpg, exif(orientation, true)),
			"PNG":              pngWith(whole, chunk("tEXt", []byte("a\x00b")), chunk("eXIf", exif(orientation, true))),
		} {
			_, squares := drawn(t, what, file)
			if left, right := squares[1].At(8, 8), squares[1].At(55, 8); !near(left, want[0]) || !near(right, want[1]) {
				t.Errorf("%s with orientation %d: %v and %v at the top, want %v", what, orientation, left, right, want)
			}
		}
	}
	if got := orientation(exifOfWebP(extended(1<<3, 16, 16, lossy, riff("EXIF", exif(6, false))))); got != 6 {
		t.Errorf("orientation of a WebP = %d, want 6", got)
	}
}

// The output contains only the pixels of the file (ASVS 14.2.8): no location, no
// camera, no comment and no script.
func TestDraw_MetadataGone(t *testing.T) {
	t.Parallel()
	const page = "<script>alert(1)</script>PK\x03\x04"
	whole, jpg := asPNG(t, quarters(300, 300)), asJPEG(t, quarters(300, 300))
	for what, file := range map[string][]byte{
		"JPEG": append(jpegWithExif(jpg, exif(1, true)), page...),
		"PNG":  append(pngWith(whole, chunk("tEXt", []byte("Comment\x00"+page)), chunk("eXIf", exif(1, true))), page...),
		"transparent": pngWith(asPNG(t, image.NewNRGBA(image.Rect(0, 0, 300, 300))), chunk("tEXt", []byte("Comment\x00"+page)),
			chunk("eXIf", exif(1, true))),
		"WebP": append(extended(1<<3, 16, 16, lossy, riff("EXIF", exif(1, false))), page...),
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
		go func() { running <- s.worker.Do(t.Context(), func() { <-release }) }()
		synctest.Wait()
		file, waiting := asPNG(t, quarters(4, 4)), make(chan error, maxWaiting)
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
	for _, seed := range [][]byte{
		asPNG(f, quarters(20, 10)), asJPEG(f, quarters(20, 10)), jpegWithExif(asJPEG(f, quarters(9, 9)), exif(6, true)), lossy, lossless,
		extended(1<<3, 16, 16, lossy, riff("EXIF", exif(6, false))), flat(16, 4, 1, 8, false), flat(16, 3, 3, 8, true), pngOf(5000, 5000),
		pngWith(asPNG(f, quarters(9, 9)), chunk("eXIf", exif(3, false))),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		kind, pixels, err := checkFormat(file)
		if err == nil {
			if pixels > 1_000_000 { // too slow to decode for each input
				return
			}
			_, err = render(kind, file, []int{64})
		}
		if err = ofField("avatar", err); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%v, want a refusal", err)
		}
	})
}
