package picture

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/adler32"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"iter"
	"runtime/debug"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngFile is what the chunks of a PNG say. Like browsers it ignores the checksums of
// the pixels, and each ancillary chunk with a wrong checksum.
type pngFile struct {
	header, palette []byte
	chunks          map[string][]byte // the ancillary chunks before the pixels
	frame           image.Rectangle   // in the picture, of an animation
	pixels          [][]byte
	source          string // the name of the chunks with the pixels: IDAT, or fdAT for a frame apart
}

func parsePNG(b []byte) (source, error) {
	p, err := readPNG(b)
	if err != nil {
		return source{}, damaged(err)
	}
	width, height := binary.BigEndian.Uint32(p.header), binary.BigEndian.Uint32(p.header[4:])
	canvas := image.Rect(0, 0, int(width), int(height))
	if p.frame.Empty() {
		p.frame = canvas
	}
	if !p.frame.In(canvas) {
		return source{}, damaged(errors.New("a frame outside of the picture"))
	}
	if curve := p.hdr(); curve != "" {
		return source{}, unsupported("PNG", "the HDR colours "+curve)
	}
	config, err := png.DecodeConfig(bytes.NewReader(p.still(p.pixels...)))
	if err != nil {
		return source{}, damaged(err)
	}
	components := 3
	if config.ColorModel == color.GrayModel || config.ColorModel == color.Gray16Model {
		components = 1
	}
	decode := func() (image.Image, error) {
		img, err := p.decode()
		return place(img, p.frame, canvas), err
	}
	colours := func() (colour, error) { return p.colours(components) }
	return source{canvas.Dx(), canvas.Dy(), decode, orientation(p.chunks["eXIf"]), colours}, nil
}

// readPNG reads the chunks up to the end of the first frame.
func readPNG(b []byte) (pngFile, error) {
	p := pngFile{chunks: map[string][]byte{}, source: "IDAT"}
	for c := range pngChunks(b) {
		if (p.header == nil) != (c.name == "IHDR") || !c.intact && (c.name == "IHDR" || c.name == "PLTE") {
			return p, errors.New("damaged header")
		}
		if !p.add(c) {
			break
		}
	}
	if len(p.header) != 13 || p.pixels == nil {
		return p, io.ErrUnexpectedEOF
	}
	if p.source == "fdAT" {
		for i, part := range p.pixels {
			p.pixels[i] = part[min(4, len(part)):] // behind its number
		}
	}
	return p, nil
}

// add adds a chunk. It returns false when the first frame is complete.
func (p *pngFile) add(c pngChunk) bool {
	switch {
	case c.name == "IHDR":
		p.header = c.body
	case c.name == "PLTE":
		p.palette = c.body
	case c.name == p.source:
		p.pixels = append(p.pixels, c.body)
	case p.pixels == nil && c.intact && p.chunks[c.name] == nil:
		p.chunks[c.name] = c.body
	case c.name == "fcTL":
		return p.startFrame(c.body)
	}
	return true
}

// startFrame replaces the default picture, which the pixels so far are, by the first
// frame of the animation (PNG specification 4.9). It returns false when the default
// picture is the first frame, or when there is no animation.
func (p *pngFile) startFrame(control []byte) bool {
	if p.source == "fdAT" || p.chunks["acTL"] == nil || p.chunks["fcTL"] != nil || len(control) != 26 {
		return false
	}
	at := func(i int) int { return int(binary.BigEndian.Uint32(control[i:])) }
	p.frame = image.Rect(0, 0, at(4), at(8)).Add(image.Pt(at(12), at(16)))
	p.pixels, p.source = nil, "fdAT"
	return true
}

// still returns a PNG of the frame alone, with right checksums.
func (p pngFile) still(pixels ...[]byte) []byte {
	header := binary.BigEndian.AppendUint32(nil, uint32(p.frame.Dx()))
	header = append(binary.BigEndian.AppendUint32(header, uint32(p.frame.Dy())), p.header[8:]...)
	b := appendChunk([]byte(pngSignature), "IHDR", header)
	if p.palette != nil {
		b = appendChunk(b, "PLTE", p.palette)
	}
	if transparency := p.chunks["tRNS"]; transparency != nil {
		b = appendChunk(b, "tRNS", transparency)
	}
	return appendChunk(appendChunk(b, "IDAT", pixels...), "IEND")
}

func (p pngFile) decode() (image.Image, error) {
	img, err := png.Decode(bytes.NewReader(p.still(p.pixels...)))
	if err != nil {
		debug.FreeOSMemory() // of the first attempt, which can be hundreds of MB
		img, err = png.Decode(bytes.NewReader(p.still(p.mended())))
	}
	return img, err
}

// mended returns the pixels with the checksum that their compressed form ends with.
func (p pngFile) mended() []byte {
	const zlibHeader, mostBytesPerPixel, filter = 2, 8, 1
	pixels := bytes.Join(p.pixels, nil)
	compressed := bytes.NewReader(pixels[min(zlibHeader, len(pixels)):])
	most := int64(p.frame.Dx()+filter) * int64(p.frame.Dy()) * mostBytesPerPixel
	sum := adler32.New()
	_, _ = io.CopyN(sum, flate.NewReader(compressed), most) // the decoder reports what is missing
	return binary.BigEndian.AppendUint32(pixels[:len(pixels)-compressed.Len()], sum.Sum32())
}

type pngChunk struct {
	name   string
	body   []byte
	intact bool // it is complete and its checksum is right
}

// pngChunks yields the chunks of a PNG, of which the last may be incomplete.
func pngChunks(b []byte) iter.Seq[pngChunk] {
	return func(yield func(pngChunk) bool) {
		const head, checksum = 8, 4
		for b := b[len(pngSignature):]; len(b) >= head; {
			n := head + int(binary.BigEndian.Uint32(b))
			c := pngChunk{name: string(b[4:head]), body: b[head:min(n, len(b))]}
			if n+checksum <= len(b) {
				c.intact = crc32.ChecksumIEEE(b[4:n]) == binary.BigEndian.Uint32(b[n:])
			}
			if !yield(c) {
				return
			}
			b = b[min(n+checksum, len(b)):]
		}
	}
}

func appendChunk(b []byte, name string, body ...[]byte) []byte {
	start := len(b)
	b = append(append(b, 0, 0, 0, 0), name...)
	for _, part := range body {
		b = append(b, part...)
	}
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-8))
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[start+4:]))
}
