package picture

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
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

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exif returns an Exif block with the orientation and another field, in either
// byte order.
func exif(orientation uint16, big bool) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	head := []byte("II*\x00")
	if big {
		order, head = binary.BigEndian, []byte("MM\x00*")
	}
	b := order.AppendUint32(head, 8)
	b = order.AppendUint16(b, 2)
	for _, field := range [][2]uint16{{0x010f, 7}, {0x0112, orientation}} {
		b = order.AppendUint16(b, field[0])
		b = order.AppendUint16(b, 3) // a short
		b = order.AppendUint32(b, 1)
		b = order.AppendUint16(b, field[1])
		b = append(b, 0, 0)
	}
	return append(order.AppendUint32(b, 0), "taken at 48.2082 N, 16.3738 E"...)
}

// marker returns a segment of a JPEG.
func marker(name byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, name}, uint16(len(body)+2)), body...)
}

func jpegWithExif(file, block []byte) []byte {
	return bytes.Join([][]byte{file[:2], marker(0xe1, append([]byte("Exif\x00\x00"), block...)), file[2:]}, nil)
}

// chunk returns a chunk of a PNG.
func chunk(name string, body []byte) []byte {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), name...)
	b = append(b, body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// pngWith inserts chunks after the header of a PNG.
func pngWith(file []byte, chunks ...[]byte) []byte {
	const header = 8 + 12 + 13
	return bytes.Join([][]byte{file[:header], bytes.Join(chunks, nil), file[header:]}, nil)
}

// pngOf returns a PNG with w × h in its header, eight bits each of red, green,
// blue and alpha, and almost no data.
func pngOf(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return bytes.Join([][]byte{
		[]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(head, 8, 6, 0, 0, 0)),
		chunk("IDAT", []byte("\x78\x9c\x01\x00\x00\xff\xff\x00\x00\x00\x01")), chunk("IEND", nil),
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
	file := append([]byte("\xff\xd8"), marker(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))...)
	if components == 4 {
		file = append(file, marker(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))...) // CMYK as Photoshop writes it
	}
	file = append(file, marker(start, frame)...)
	file = append(file, marker(0xc4, append(append([]byte{0x00}, oneCode...), append([]byte{0x10}, oneCode...)...))...)
	for range scans {
		file = append(file, marker(startOfScan, append(bytes.Clone(scan), 0, lastCoefficient, 0))...)
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
	head := []byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16), byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)}
	body := bytes.Join([][]byte{[]byte("WEBP"), riff("VP8X", head), simple[12:], bytes.Join(behind, nil)}, nil)
	return riff("RIFF", body)
}

func riff(name string, body []byte) []byte {
	b := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body))), body...)
	return append(b, make([]byte, len(body)&1)...)
}
