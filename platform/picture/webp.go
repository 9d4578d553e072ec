package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"
	"iter"

	"golang.org/x/image/webp"
)

// Flags of the extended header of a WebP (RFC 9649 2.7).
const (
	webpAnimation = 1 << 1
	webpAlpha     = 1 << 4
	webpProfile   = 1 << 5
)

// webpFile is what the chunks of a WebP say. Its Exif block is ignored, as in
// Chromium.
type webpFile struct {
	flags         byte
	canvas, frame image.Rectangle // empty without an extended header
	alpha         []byte
	pixels        riffChunk
	profile       []byte
}

func parseWebP(b []byte) (source, error) {
	w := webpFile{}
	w.read(b[12:])
	if w.frame != w.canvas && !w.frame.In(w.canvas) {
		return source{}, damaged(errors.New("a frame outside of the picture"))
	}
	still := w.still()
	config, err := webp.DecodeConfig(bytes.NewReader(still))
	if err != nil {
		return source{}, damaged(err)
	}
	size := image.Rect(0, 0, config.Width, config.Height)
	if w.frame.Empty() {
		w.frame, w.canvas = size, size
	}
	if w.frame.Size() != size.Size() {
		return source{}, damaged(errors.New("two sizes"))
	}
	decode := func() (image.Image, error) {
		img, err := webp.Decode(bytes.NewReader(still))
		return place(fullRange(img), w.frame, w.canvas), err
	}
	return source{w.canvas.Dx(), w.canvas.Dy(), decode, 1, func() (colour, error) { return ofICC(w.profile, 3) }}, nil
}

// read reads the chunks of a picture. Of several frames it keeps the first.
func (w *webpFile) read(b []byte) {
	for c := range riffChunks(b) {
		switch {
		case c.name == "VP8X" && len(c.body) >= 10 && w.canvas.Empty():
			w.flags = c.body[0]
			w.canvas = size24(c.body[4:])
			w.frame = w.canvas
		case c.name == "ICCP" && w.flags&webpProfile != 0:
			w.profile = c.body
		case c.name == "ANMF" && w.flags&webpAnimation != 0 && len(c.body) >= 16:
			w.addFrame(c.body)
		default:
			w.add(c)
		}
	}
}

func (w *webpFile) addFrame(b []byte) {
	if w.pixels.body != nil {
		return
	}
	w.frame = size24(b[6:]).Add(image.Pt(2*uint24(b), 2*uint24(b[3:])))
	for c := range riffChunks(b[16:]) {
		w.add(c)
	}
}

// add adds a chunk of the picture or of its frame.
func (w *webpFile) add(c riffChunk) {
	switch {
	case w.pixels.body != nil:
	case c.name == "ALPH" && w.flags&webpAlpha != 0:
		w.alpha = c.body
	case c.name == "VP8 " || c.name == "VP8L":
		w.pixels = c
	}
}

// still returns a WebP of the frame alone.
func (w webpFile) still() []byte {
	body := []byte("WEBP")
	if w.alpha != nil && w.pixels.name == "VP8 " {
		header := []byte{webpAlpha, 0, 0, 0}
		for _, n := range []int{w.frame.Dx() - 1, w.frame.Dy() - 1} {
			header = append(header, byte(n), byte(n>>8), byte(n>>16))
		}
		body = appendRIFF(appendRIFF(body, "VP8X", header), "ALPH", w.alpha)
	}
	return appendRIFF(nil, "RIFF", appendRIFF(body, w.pixels.name, w.pixels.body))
}

// fullRange converts a lossy WebP to RGB. Its luma is 16 to 235 and its chroma 16 to
// 240 (RFC 6386 9.2), and Go's colours have 0 to 255. The numbers are those of
// libwebp, which browsers use.
func fullRange(img image.Image) image.Image {
	lossy, alpha := ycbcr(img)
	if lossy == nil {
		return img
	}
	const scale = 6
	high := func(v uint8, factor int) int { return int(v) * factor >> 8 }
	clip := func(v int) uint8 { return uint8(min(255, max(0, v>>scale))) }
	rgb := image.NewNRGBA(lossy.Rect)
	for y := range lossy.Rect.Dy() {
		for x := range lossy.Rect.Dx() {
			luma, c := high(lossy.Y[lossy.YOffset(x, y)], 19077), lossy.COffset(x, y)
			u, v := lossy.Cb[c], lossy.Cr[c]
			pixel := rgb.Pix[rgb.PixOffset(x, y):][:4]
			pixel[0] = clip(luma + high(v, 26149) - 14234)
			pixel[1] = clip(luma - high(u, 6419) - high(v, 13320) + 8708)
			pixel[2] = clip(luma + high(u, 33050) - 17685)
			pixel[3] = 255
			if alpha != nil {
				pixel[3] = alpha.A[alpha.AOffset(x, y)]
			}
		}
	}
	return rgb
}

func ycbcr(img image.Image) (*image.YCbCr, *image.NYCbCrA) {
	switch img := img.(type) {
	case *image.YCbCr:
		return img, nil
	case *image.NYCbCrA:
		return &img.YCbCr, img
	}
	return nil, nil
}

// place returns the canvas of an animation with its first frame. The rest of it is
// transparent, as in browsers.
func place(img image.Image, frame, canvas image.Rectangle) image.Image {
	if img == nil || frame == canvas {
		return img
	}
	whole := image.NewNRGBA(canvas)
	draw.Draw(whole, frame, img, img.Bounds().Min, draw.Src)
	return whole
}

type riffChunk struct {
	name string
	body []byte
}

// riffChunks yields the complete chunks of a WebP.
func riffChunks(b []byte) iter.Seq[riffChunk] {
	return func(yield func(riffChunk) bool) {
		for len(b) >= 8 {
			n := uint64(binary.LittleEndian.Uint32(b[4:]))
			if n > uint64(len(b)-8) || !yield(riffChunk{string(b[:4]), b[8 : 8+n]}) {
				return
			}
			b = b[min(8+int(n)+int(n&1), len(b)):]
		}
	}
}

func appendRIFF(b []byte, name string, body []byte) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, name...), uint32(len(body)))
	return append(append(b, body...), make([]byte, len(body)&1)...)
}

func size24(b []byte) image.Rectangle { return image.Rect(0, 0, uint24(b)+1, uint24(b[3:])+1) }

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
