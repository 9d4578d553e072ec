package picture

import (
	"bytes"
	"image"
	"slices"
)

// format is an accepted picture format. It is recognized by the first bytes of
// the file, because the client chooses the file name and the headers (ASVS 5.2.2).
type format struct {
	is    func([]byte) bool
	parse func([]byte) (source, error)
}

// formats are tried one by one instead of through image.Decode, which would also
// accept every format that another package registers.
var formats = []format{{isJPEG, parseJPEG}, {isPNG, parsePNG}, {isWebP, parseWebP}}

// source is a picture with headers that were read and allow decoding it.
type source struct {
	width, height int
	decode        func() (image.Image, error)
	orientation   int                    // 1 to 8 as Exif defines it
	colours       func() (colour, error) // the conversion to sRGB, nil when the colours are sRGB
}

func isJPEG(b []byte) bool { return bytes.HasPrefix(b, []byte("\xff\xd8\xff")) }
func isPNG(b []byte) bool  { return bytes.HasPrefix(b, []byte(pngSignature)) }
func isWebP(b []byte) bool {
	return len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP"
}

// others are the formats that users choose by mistake, by what their files contain at
// an offset.
var others = []struct {
	name   string
	offset int
	starts []string
}{
	{"AVIF", 8, []string{"avif", "avis"}},
	{"HEIC", 8, []string{"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "mif2", "msf1"}},
	{"GIF", 0, []string{"GIF8"}},
	{"BMP", 0, []string{"BM"}},
	{"TIFF", 0, []string{"II*\x00", "MM\x00*", "II+\x00", "MM\x00+"}}, // and the raw files of many cameras
	{"JPEG XL", 0, []string{"\xff\x0a", "\x00\x00\x00\x0cJXL "}},
	{"JPEG 2000", 0, []string{"\xff\x4f\xff\x51", "\x00\x00\x00\x0cjP  "}},
	{"Photoshop", 0, []string{"8BPS"}},
	{"icon", 0, []string{"\x00\x00\x01\x00"}},
	{"PDF", 0, []string{"%PDF-"}},
	{"SVG", 0, []string{"<svg", "<?xml"}},
	{"video", 4, []string{"ftyp"}},
	{"video", 0, []string{"\x1a\x45\xdf\xa3"}},
}

// wrongType is the refusal of a file in another format. It names the format, whatever
// the name of the file.
func wrongType(b []byte) error {
	sentence := "Choose a PNG, JPEG or WebP picture."
	switch name := otherFormat(b); name {
	case "":
	case "HEIC":
		sentence = "This is a HEIC picture, which most browsers cannot show. Export it as JPEG and choose that file. An iPhone takes JPEG pictures with Settings, Camera, Formats, Most Compatible."
	case "video":
		sentence = "This is a video. " + sentence
	default:
		sentence = "This file is in the format " + name + ". Export it as PNG or JPEG and choose that file."
	}
	return refuse("wrong_type", sentence)
}

func otherFormat(b []byte) string {
	if brands := brands(b); brands != nil {
		for _, o := range others[:2] {
			if slices.ContainsFunc(o.starts, func(s string) bool { return slices.Contains(brands, s) }) {
				return o.name
			}
		}
	}
	for _, o := range others[2:] {
		if slices.ContainsFunc(o.starts, func(s string) bool { return bytes.HasPrefix(b[min(o.offset, len(b)):], []byte(s)) }) {
			return o.name
		}
	}
	return ""
}

// brands returns the brands of a file that begins with the box ftyp (ISO 14496-12), or
// nil. AVIF files can have the brand mif1 first, as HEIC files can.
func brands(b []byte) []string {
	if len(b) < 12 || string(b[4:8]) != "ftyp" {
		return nil
	}
	var all []string
	for box := b[8:min(len(b), max(8, int(b[2])<<8|int(b[3])))]; len(box) >= 4; box = box[4:] {
		all = append(all, string(box[:4]))
	}
	return all
}
