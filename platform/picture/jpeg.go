package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"iter"
	"runtime/debug"
	"strings"
)

// maxScans is the largest accepted number of scans in a JPEG, each of which
// passes over all pixels. Cameras write one scan and progressive pictures about
// ten; a file of a few MiB can contain 100,000, which take hours to decode.
const maxScans = 32

// Markers of a JPEG (ITU-T T.81 B.1).
const (
	progressive = 0xc2
	endOfImage  = 0xd9
	startOfScan = 0xda
	app1        = 0xe1
	app2        = 0xe2
	app14       = 0xee
)

// jpegFile is what the segments of a JPEG say.
type jpegFile struct {
	file     []byte
	frame    segment // its header
	scans    int
	lastScan int      // its offset
	ended    bool     // the file has its last marker
	adobe    bool     // the inks of CMYK are stored as Photoshop does
	exif     []byte   // the first block
	profile  [][]byte // the parts
}

func parseJPEG(b []byte) (source, error) {
	j := readJPEG(b)
	if j.scans > maxScans {
		return source{}, refuse("too_complex", "This JPEG is put together from too many layers. Save it once more as an ordinary picture.")
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if variant := jpeg.UnsupportedError(""); errors.As(err, &variant) {
		return source{}, unsupported("JPEG", j.variant())
	}
	if err != nil {
		return source{}, damaged(err)
	}
	components := 3
	switch config.ColorModel {
	case color.GrayModel:
		components = 1
	case color.CMYKModel:
		components = 4
	}
	if components == 4 && !j.adobe {
		return source{}, unsupported("JPEG", "CMYK colours without the mark of Adobe")
	}
	colours := func() (colour, error) { return ofICC(j.iccProfile(), components) }
	return source{config.Width, config.Height, j.decode, orientation(j.exif), colours}, nil
}

func readJPEG(b []byte) jpegFile {
	j := jpegFile{file: b}
	for s := range segments(b) {
		switch {
		case s.marker == startOfScan:
			j.scans++
			j.lastScan = s.at
		case s.marker == endOfImage:
			j.ended = true
		case s.isFrame() && j.frame.body == nil:
			j.frame = s
		default:
			j.readMetadata(s)
		}
	}
	return j
}

func (j *jpegFile) readMetadata(s segment) {
	starts := map[byte]string{app1: "Exif\x00\x00", app2: "ICC_PROFILE\x00", app14: "Adobe"}
	body, found := bytes.CutPrefix(s.body, []byte(starts[s.marker]))
	switch {
	case !found:
	case s.marker == app1 && j.exif == nil:
		j.exif = body
	case s.marker == app2:
		j.profile = append(j.profile, body)
	case s.marker == app14:
		j.adobe = true
	}
}

// variant names what the decoder does not support in the frame.
func (j jpegFile) variant() string {
	const fixed, perComponent = 6, 3
	header := j.frame.body
	switch marker := j.frame.marker; {
	case marker >= 0xc9:
		return "arithmetic coding"
	case marker == 0xc3:
		return "lossless coding"
	case marker > 0xc3:
		return "hierarchical coding"
	case len(header) < fixed:
		return "an unknown variant"
	case header[0] != 8:
		return fmt.Sprintf("%d bits for each colour", header[0])
	}
	var samplings []string
	for c := header[fixed:]; len(c) >= perComponent; c = c[perComponent:] {
		samplings = append(samplings, fmt.Sprintf("%dx%d", c[1]>>4, c[1]&15))
	}
	return "the colour sampling " + strings.Join(samplings, ",")
}

// iccProfile joins the parts of the colour profile (ICC.1 B.4). It returns nil when
// one is missing.
func (j jpegFile) iccProfile() []byte {
	parts := make([][]byte, len(j.profile))
	for _, part := range j.profile {
		if len(part) < 2 || int(part[0]) < 1 || int(part[0]) > len(parts) || int(part[1]) != len(parts) {
			return nil
		}
		parts[part[0]-1] = part[2:]
	}
	return bytes.Join(parts, nil)
}

// decode decodes the picture. Like browsers it accepts a file that lacks its last
// bytes: of a progressive picture the last scan, which only refines the others, and
// of others the last few blocks.
func (j jpegFile) decode() (image.Image, error) {
	img, err := jpeg.Decode(bytes.NewReader(j.file))
	if err == nil || j.ended {
		return img, err
	}
	const longestMended = 4096
	ends := [][2][]byte{{j.file, make([]byte, min(longestMended, len(j.file)/4))}}
	if j.frame.marker == progressive {
		ends = [][2][]byte{{j.file, nil}, {j.file[:j.lastScan], nil}}
	}
	for _, end := range ends {
		debug.FreeOSMemory() // of the attempt before, which can be hundreds of MB
		mended := io.MultiReader(bytes.NewReader(end[0]), bytes.NewReader(end[1]), bytes.NewReader([]byte{0xff, endOfImage}))
		if img, err = jpeg.Decode(mended); err == nil {
			return img, nil
		}
	}
	return nil, err
}

// segment is a marker of a JPEG with what follows it.
type segment struct {
	marker byte
	at     int // offset of the marker
	body   []byte
}

func (s segment) isFrame() bool {
	const huffmanTables, reserved, arithmeticConditions = 0xc4, 0xc8, 0xcc
	return s.marker >= 0xc0 && s.marker <= 0xcf && s.marker != huffmanTables && s.marker != reserved && s.marker != arithmeticConditions
}

// segments yields the marker segments of a JPEG. Like the decoder it skips all
// bytes between them, including compressed data, in which a zero byte follows
// each 0xff that does not begin a marker.
func segments(b []byte) iter.Seq[segment] {
	return func(yield func(segment) bool) {
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
				yield(segment{marker: marker, at: at})
				return
			}
			body := segmentBody(b[at+2:])
			if body == nil || !yield(segment{marker, at, body}) {
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
