package picture

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"

	"stoa/platform/picture/picturetest"
)

var (
	red   = color.NRGBA{220, 20, 20, 255}
	green = color.NRGBA{20, 160, 20, 255}
	blue  = color.NRGBA{20, 20, 220, 255}
	white = color.NRGBA{250, 250, 250, 255}
)

// quarters is a picture of four colours, w wide and h high.
func quarters(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, [2][2]color.NRGBA{{red, green}, {blue, white}}[y*2/h][x*2/w])
		}
	}
	return img
}

func jpegWithExif(file, block []byte) []byte {
	return picturetest.JPEGWith(file, picturetest.ExifSegment(block))
}

// pngOf returns a PNG with w × h in its header, eight bits each of red, green,
// blue and alpha, and almost no data.
func pngOf(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return bytes.Join([][]byte{
		[]byte("\x89PNG\r\n\x1a\n"), picturetest.Chunk("IHDR", append(head, 8, 6, 0, 0, 0)),
		picturetest.Chunk("IDAT", []byte("\x78\x9c\x01\x00\x00\xff\xff\x00\x00\x00\x01")), picturetest.Chunk("IEND", nil),
	}, nil)
}

// flat returns a grey JPEG of a form that Go's encoder does not write: with the
// given number of components, scans and bits, baseline or progressive. Each block
// is one or two codes of one bit.
func flat(side, components, scans, bits int, progressive bool) []byte {
	frame := []byte{byte(bits), byte(side >> 8), byte(side), byte(side >> 8), byte(side), byte(components)}
	scan := []byte{byte(components)}
	for c := range components {
		frame = append(frame, byte(c+1), 0x11, 0)
		scan = append(scan, byte(c+1), 0)
	}
	start, lastCoefficient, bitsPerBlock := byte(0xc0), byte(63), 2
	if progressive {
		start, lastCoefficient, bitsPerBlock = 0xc2, 0, 1
	}
	oneCode := append([]byte{1}, make([]byte, 16)...) // one code, of one bit, for the value 0
	blocks := (side + 7) / 8 * ((side + 7) / 8) * components
	file := append([]byte("\xff\xd8"), picturetest.Segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))...)
	if components == 4 {
		file = append(file, picturetest.Segment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))...) // CMYK as Photoshop writes it
	}
	file = append(file, picturetest.Segment(start, frame)...)
	file = append(file, picturetest.Segment(0xc4, append(append([]byte{0x00}, oneCode...), append([]byte{0x10}, oneCode...)...))...)
	for range scans {
		file = append(file, picturetest.Segment(startOfScan, append(bytes.Clone(scan), 0, lastCoefficient, 0))...)
		file = append(file, make([]byte, (blocks*bitsPerBlock+7)/8)...)
	}
	return append(file, 0xff, endOfImage)
}

// Go has no WebP encoder. These files are 16 × 16 red pixels, made by cwebp.
var (
	lossy    = decoded("UklGRjYAAABXRUJQVlA4ICoAAACQAQCdASoQABAAAsBMJaACdLoAA5gA/u2QP4hd7G2//PTP62/j/xkAAAA=")
	lossless = decoded("UklGRh4AAABXRUJQVlA4TBEAAAAvD8ADAAdQjyLXo/+BiOh/AAA=")
)

func decoded(text string) []byte {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return b
}

// webpOf returns a lossless WebP with w × h in its header.
func webpOf(w, h uint32) []byte {
	b := bytes.Clone(lossless)
	binary.LittleEndian.PutUint32(b[21:], w-1|(h-1)<<14)
	return b
}

// extended returns a WebP with an extended header of the flags and w × h, then the
// frame of a simple WebP, then further chunks.
func extended(flags byte, w, h uint32, simple []byte, behind ...[]byte) []byte {
	return picturetest.Extended(flags, w, h, append([][]byte{simple[12:]}, behind...)...)
}
