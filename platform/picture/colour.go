package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"io"
	"math"
	"strings"

	"github.com/kovidgoyal/imaging/prism/meta/icc"
)

// colour converts the channels of a pixel, each from 0 to 1, to sRGB. Those of a grey
// pixel are equal.
type colour func(channels [3]float64) (r, g, b float64)

// toSRGB returns the pixels with eight bits and the colours converted. The conversion
// runs after scaling, at about a thousandth of the cost, and so needs the 16 bits of
// its input.
func toSRGB(src *image.NRGBA64, convert colour) *image.NRGBA {
	dst := image.NewNRGBA(src.Rect)
	for y := src.Rect.Min.Y; y < src.Rect.Max.Y; y++ {
		for x := src.Rect.Min.X; x < src.Rect.Max.X; x++ {
			c := src.NRGBA64At(x, y)
			r, g, b := float64(c.R)/math.MaxUint16, float64(c.G)/math.MaxUint16, float64(c.B)/math.MaxUint16
			if convert != nil {
				r, g, b = convert([3]float64{r, g, b})
			}
			dst.SetNRGBA(x, y, color.NRGBA{to8(r), to8(g), to8(b), to8(float64(c.A) / math.MaxUint16)})
		}
	}
	return dst
}

func to8(v float64) uint8 { return uint8(min(1, max(0, v))*math.MaxUint8 + 0.5) }

// ofICC returns the conversion of a colour profile for pictures of that many
// components. It returns nil for a profile that browsers ignore, too: a damaged one,
// one for another number of components, and a grey one with tables. It refuses CMYK
// profiles and tables of XYZ, which the library converts otherwise than browsers.
func ofICC(profile []byte, components int) (colour, error) {
	p, tags := readICC(profile)
	if p == nil {
		return nil, nil
	}
	tables := tags["A2B0"] != nil || tags["A2B1"] != nil
	xyz, space := p.Header.ProfileConnectionSpace == icc.ColorSpaceXYZ, p.Header.DataColorSpace
	switch {
	case (space == icc.ColorSpaceCMYK) != (components == 4), space == icc.ColorSpaceGray && (components != 1 || tables || !xyz):
		return nil, nil
	case space == icc.ColorSpaceCMYK, tables && xyz:
		return nil, unsupported("picture", "the colour profile "+nameOf(p, tags["desc"]))
	case space == icc.ColorSpaceGray:
		return pipeline(p, 1), nil
	}
	return pipeline(p, 3), nil
}

// readICC returns a profile and its tags, or nil when it is damaged.
func readICC(b []byte) (*icc.Profile, map[string][]byte) {
	tags := tagsOf(b)
	if tags == nil {
		return nil, nil
	}
	p, err := icc.DecodeProfile(bytes.NewReader(b))
	if err != nil {
		return nil, nil
	}
	return p, tags
}

func pipeline(p *icc.Profile, components int) (convert colour) {
	defer func() {
		if recover() != nil { // the library cannot read a tag
			convert = nil
		}
	}()
	intent := icc.PerceptualRenderingIntent
	if !p.TagTable.Has(icc.AToB0TagSignature) {
		intent = icc.RelativeColorimetricRenderingIntent
	}
	p.Header.Version.Major = 2 // of version 4 the library would compensate the black point, and browsers do not
	t, err := p.CreateTransformerToSRGB(intent, false, components, true, false, true)
	if err != nil {
		return nil
	}
	t.UseTrilinearInsteadOfTetrahedral() // as browsers do
	return func(c [3]float64) (r, g, b float64) {
		out := [3]float64{}
		t.TransformGeneral(out[:], c[:])
		return out[0], out[1], out[2]
	}
}

// nameOf returns the name of a profile and its colours, such as "U.S. Web Coated (CMYK)".
// A long description is not read, because it can contain the same text many times.
func nameOf(p *icc.Profile, description []byte) string {
	space := strings.TrimSpace(p.Header.DataColorSpace.String())
	if len(description) > 4096 {
		return space
	}
	name, err := p.Description()
	foreign := func(r rune) bool { return r < ' ' || r > '~' }
	if err != nil || name == "" || len(name) > 80 || strings.ContainsFunc(name, foreign) {
		return space
	}
	return name + " (" + space + ")"
}

// tagsOf returns the tags of a profile (ICC.1 7.3), or nil when the profile does not
// contain what its table and its curves say. The library would allocate whatever they
// say.
func tagsOf(b []byte) map[string][]byte {
	const header, entry, mostTags = 128, 12, 200
	if len(b) < header+4 {
		return nil
	}
	count, table := binary.BigEndian.Uint32(b[header:]), b[header+4:]
	if count > mostTags || int(count)*entry > len(table) {
		return nil
	}
	tags := map[string][]byte{}
	for ; count > 0; count-- {
		start, size := uint64(binary.BigEndian.Uint32(table[4:])), uint64(binary.BigEndian.Uint32(table[8:]))
		if start+size > uint64(len(b)) {
			return nil
		}
		tags[string(table[:4])] = b[start : start+size]
		table = table[entry:]
	}
	for curve := b; ; curve = curve[4:] { // they can also be parts of tags
		at := bytes.Index(curve, []byte("curv"))
		if at < 0 || len(curve) < at+entry {
			return tags
		}
		curve = curve[at:]
		if points := binary.BigEndian.Uint32(curve[8:]); uint64(points)*2 > uint64(len(curve)-entry) {
			return nil
		}
	}
}

// colours returns the conversion that the chunk of the highest rank defines (PNG
// specification 4.3).
func (p pngFile) colours(components int) (colour, error) {
	if c := p.chunks["cICP"]; len(c) == 4 {
		if convert := ofCodePoints(c); convert != nil {
			return convert, nil
		}
	}
	if profile := inflate(p.chunks["iCCP"]); profile != nil {
		return ofICC(profile, components)
	}
	if p.chunks["sRGB"] != nil {
		return nil, nil
	}
	return ofGamma(p.chunks["gAMA"], p.chunks["cHRM"]), nil
}

// hdr names the curve of a chunk cICP with more brightness than a picture here can
// have, or returns "".
func (p pngFile) hdr() string {
	if c := p.chunks["cICP"]; len(c) == 4 && c[2] == 0 && c[3] == 1 {
		return map[byte]string{16: "PQ", 18: "HLG"}[c[1]]
	}
	return ""
}

// inflate returns the profile of a chunk iCCP, or nil.
func inflate(chunk []byte) []byte {
	_, rest, _ := bytes.Cut(chunk, []byte{0}) // the name
	if len(rest) < 1 {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(rest[1:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(r, MaxBytes))
	if err != nil {
		return nil
	}
	return profile
}
