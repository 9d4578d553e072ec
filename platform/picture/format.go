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

// format is an accepted picture format. It is recognized by the first bytes of
// the file, because the client chooses the file name and the headers (ASVS 5.2.2).
type format struct {
	is       func([]byte) bool
	config   func(io.Reader) (image.Config, error)
	decode   func(io.Reader) (image.Image, error)
	check    func([]byte) error  // refuses files that are too expensive to decode
	metadata func([]byte) []byte // the Exif block, or nil
}

// formats are tried one by one instead of through image.Decode, which would also
// accept every format that another package registers.
var formats = []format{
	{isJPEG, jpeg.DecodeConfig, jpeg.Decode, checkScans, exifOfJPEG},
	{isPNG, png.DecodeConfig, png.Decode, acceptAll, exifOfPNG},
	{isWebP, webp.DecodeConfig, webp.Decode, checkAnimation, exifOfWebP},
}

func isJPEG(b []byte) bool { return bytes.HasPrefix(b, []byte("\xff\xd8\xff")) }
func isPNG(b []byte) bool  { return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) }
func isWebP(b []byte) bool {
	return len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP"
}

func acceptAll([]byte) error { return nil }

// maxScans is the largest accepted number of scans in a JPEG, each of which
// passes over all pixels. Cameras write one scan and progressive pictures about
// ten; a file of a few MiB can contain 100,000, which take hours to decode.
const maxScans = 32

func checkScans(b []byte) error {
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

// checkAnimation refuses animated WebP files by the flag in their header, because
// their frames cannot be decoded.
func checkAnimation(b []byte) error {
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

// segments yields the marker segments of a JPEG. Like the decoder it skips all
// bytes between them, including compressed data, in which a zero byte follows
// each 0xff that does not begin a marker.
func segments(b []byte) func(yield func(marker byte, body []byte) bool) {
	return func(yield func(byte, []byte) bool) {
		for at := 2; at+1 < len(b); {
			marker := b[at+1]
			switch {
			case b[at] != 0xff || marker == 0xff:
				at++
				continue
			case marker == 0 || marker >= 0xd0 && marker <= 0xd7: // compressed data and its restart markers
				at += 2
				continue
			case marker == endOfImage:
				return
			}
			body := segmentBody(b[at+2:])
			if body == nil || !yield(marker, body) {
				return
			}
			at += 4 + len(body)
		}
	}
}

// segmentBody returns the part of b after its two bytes of length, which include
// themselves, or nil when b is shorter than that length.
func segmentBody(b []byte) []byte {
	if len(b) < 2 {
		return nil
	}
	n := int(binary.BigEndian.Uint16(b))
	if n < 2 || n > len(b) {
		return nil
	}
	return b[2:n:n]
}
