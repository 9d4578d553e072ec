package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// format is a kind of picture that is taken, known by how it begins: what a
// name or a header says of a file is its sender's to choose (ASVS 5.2.2).
type format struct {
	is       func([]byte) bool
	config   func(io.Reader) (image.Config, error)
	decode   func(io.Reader) (image.Image, error)
	refused  func([]byte) error  // what the decoder would do too much for
	metadata func([]byte) []byte // the Exif block, or nil
}

// formats are asked one by one, and not through image.Decode: what other
// packages register there must not be taken by chance.
var formats = []format{
	{isJPEG, jpeg.DecodeConfig, jpeg.Decode, manyScans, exifOfJPEG},
	{isPNG, png.DecodeConfig, png.Decode, fine, exifOfPNG},
	{isWebP, webp.DecodeConfig, webp.Decode, animated, exifOfWebP},
}

func isJPEG(b []byte) bool { return bytes.HasPrefix(b, []byte("\xff\xd8\xff")) }
func isPNG(b []byte) bool  { return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) }
func isWebP(b []byte) bool {
	return len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP"
}

func fine([]byte) error { return nil }

// maxScans is how often a JPEG may go over its pixels. Cameras do so once and
// the web's pictures some ten times; a file of a few MiB can ask for 100,000
// times, which is hours of work.
const maxScans = 32

func manyScans(b []byte) error {
	scans := 0
	for marker := range segments(b) {
		if marker == startOfScan {
			scans++
		}
	}
	if scans > maxScans {
		return refuse("too_complex", "This JPEG is put together from too many layers. Save it once more as an ordinary picture.")
	}
	return nil
}

// animated refuses moving pictures by the flag that they begin with: their
// frames are not read.
func animated(b []byte) error {
	const extended, animation = "VP8X", 1 << 1
	if len(b) > 20 && string(b[12:16]) == extended && b[20]&animation != 0 {
		return refuse("animated", "Moving pictures are not taken. Choose one that stands still.")
	}
	return nil
}

const (
	startOfScan = 0xda
	endOfImage  = 0xd9
	app1        = 0xe1
)

// segments yields the marker segments of a JPEG, with the same tolerance as the
// decoder: it passes over whatever stands between them, compressed data too, in
// which a marker's first byte never stands without a zero behind it.
func segments(b []byte) func(yield func(marker byte, body []byte) bool) {
	return func(yield func(byte, []byte) bool) {
		for at := 2; at+1 < len(b); {
			marker := b[at+1]
			switch {
			case b[at] != 0xff || marker == 0xff:
				at++
				continue
			case marker == 0 || marker >= 0xd0 && marker <= 0xd7: // data, and marks within it
				at += 2
				continue
			case marker == endOfImage:
				return
			}
			body := sized(b[at+2:])
			if body == nil || !yield(marker, body) {
				return
			}
			at += 4 + len(body)
		}
	}
}

// sized returns the part of b behind its two bytes of length, which count
// themselves; nil when that is not there.
func sized(b []byte) []byte {
	if len(b) < 2 {
		return nil
	}
	n := int(binary.BigEndian.Uint16(b))
	if n < 2 || n > len(b) {
		return nil
	}
	return b[2:n:n]
}
