// Package picturetest makes pictures of forms that Go's encoders do not write, for
// tests.
package picturetest

import (
	"bytes"
	"compress/zlib"
	"embed"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
)

//go:embed testdata
var made embed.FS

// File returns a picture of the fields that testdata/make.sh made.
func File(name string) []byte {
	b, err := made.ReadFile("testdata/" + name)
	must(err)
	return b
}

// Fields are the colours of the fields of Grid, row by row.
var Fields = [16]color.NRGBA{
	{199, 80, 60, 255}, {0, 0, 0, 255}, {255, 255, 255, 255}, {128, 128, 128, 255},
	{20, 20, 24, 255}, {255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255},
	{0, 255, 255, 255}, {255, 0, 255, 255}, {255, 255, 0, 255}, {224, 172, 140, 255},
	{30, 70, 40, 255}, {240, 245, 250, 255}, {250, 140, 20, 255}, {90, 40, 130, 255},
}

// Side is the width of Grid.
const Side = 256

// Grid returns a picture of four by four fields. Each has one colour, so that scaling
// and sampling do not change the colour in its middle.
func Grid() *image.Paletted {
	img := image.NewPaletted(image.Rect(0, 0, Side, Side), nil)
	for _, c := range Fields {
		img.Palette = append(img.Palette, c)
	}
	for y := range Side {
		for x := range Side {
			img.SetColorIndex(x, y, uint8(y*4/Side*4+x*4/Side))
		}
	}
	return img
}

// In returns the picture converted to the type of empty, which has its size.
func In[T draw.Image](empty T, img image.Image) T {
	draw.Draw(empty, empty.Bounds(), img, image.Point{}, draw.Src)
	return empty
}

// PNG returns the picture as a PNG.
func PNG(img image.Image) []byte {
	var b bytes.Buffer
	must(png.Encode(&b, img))
	return b.Bytes()
}

// JPEG returns the picture as a baseline JPEG with the sampling 4:2:0.
func JPEG(img image.Image) []byte {
	var b bytes.Buffer
	must(jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}))
	return b.Bytes()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Exif returns an Exif block with the orientation and another field, in either byte
// order.
func Exif(orientation uint16, big bool) []byte {
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

// Segment returns a segment of a JPEG.
func Segment(marker byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
}

// JPEGWith inserts segments at the beginning of a JPEG.
func JPEGWith(file []byte, segments ...[]byte) []byte {
	return bytes.Join([][]byte{file[:2], bytes.Join(segments, nil), file[2:]}, nil)
}

// ExifSegment returns the segment of a JPEG with an Exif block.
func ExifSegment(block []byte) []byte { return Segment(0xe1, append([]byte("Exif\x00\x00"), block...)) }

// ProfileSegments returns the segments of a JPEG with a colour profile, in parts of
// at most most bytes.
func ProfileSegments(profile []byte, most int) []byte {
	var b []byte
	parts := (len(profile) + most - 1) / most
	for i := range parts {
		head := append([]byte("ICC_PROFILE\x00"), byte(i+1), byte(parts))
		b = append(b, Segment(0xe2, append(head, profile[i*most:min((i+1)*most, len(profile))]...))...)
	}
	return b
}

// Chunk returns a chunk of a PNG.
func Chunk(name string, body []byte) []byte {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), name...)
	b = append(b, body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// BadChunk returns a chunk with a wrong checksum.
func BadChunk(name string, body []byte) []byte {
	b := Chunk(name, body)
	b[len(b)-1] ^= 1
	return b
}

// ProfileChunk returns the chunk of a PNG with a colour profile.
func ProfileChunk(profile []byte) []byte {
	var b bytes.Buffer
	b.WriteString("profile\x00\x00")
	w := zlib.NewWriter(&b)
	_, err := w.Write(profile)
	must(err)
	must(w.Close())
	return Chunk("iCCP", b.Bytes())
}

// PNGWith inserts chunks behind the header of a PNG.
func PNGWith(file []byte, chunks ...[]byte) []byte {
	const header = 8 + 12 + 13
	return bytes.Join([][]byte{file[:header], bytes.Join(chunks, nil), file[header:]}, nil)
}

// RIFF returns a chunk of a WebP.
func RIFF(name string, body []byte) []byte {
	b := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body))), body...)
	return append(b, make([]byte, len(body)&1)...)
}

// Extended returns a WebP with an extended header of the flags and w × h, then the
// chunks.
func Extended(flags byte, w, h uint32, chunks ...[]byte) []byte {
	head := append([]byte{flags, 0, 0, 0}, append(uint24(w-1), uint24(h-1)...)...)
	return RIFF("RIFF", bytes.Join([][]byte{[]byte("WEBP"), RIFF("VP8X", head), bytes.Join(chunks, nil)}, nil))
}

// Frame returns the chunk of a WebP with the frame of an animation at x, y. The
// chunks are those of a still picture of w × h.
func Frame(x, y, w, h uint32, chunks ...[]byte) []byte {
	head := bytes.Join([][]byte{uint24(x / 2), uint24(y / 2), uint24(w - 1), uint24(h - 1), uint24(100), {0}}, nil)
	return RIFF("ANMF", bytes.Join([][]byte{head, bytes.Join(chunks, nil)}, nil))
}

func uint24(n uint32) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }
