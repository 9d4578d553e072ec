package respond

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"net"
	"sync"

	"github.com/gofiber/fiber/v2"

	"stoa/handlers/transport"
)

// Fixed is a text that is the same in every response, alone or in the middle of a
// page. It is compressed once: for the API reference, compression costs ten times as
// much as the rest of the response.
type Fixed struct {
	text     []byte
	deflated []byte // complete blocks of a deflate stream (RFC 1951), without the last one
}

// NewFixed returns the text, compressed.
func NewFixed(text []byte) (Fixed, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return Fixed{}, err
	}
	_, err = w.Write(text)
	err = errors.Join(err, w.Flush())
	return Fixed{text, out.Bytes()}, err
}

// Send responds with the text alone.
func (f Fixed) Send(c *fiber.Ctx) error { return f.sendBetween(c, nil, nil) }

// Framed responds with a page that has the text in its middle. It renders only the
// shell and sends the text without a copy, so that a large page costs no memory for
// a slow client.
func Framed(c *fiber.Ctx, shell string, page any, middle Fixed) error {
	var top, bottom bytes.Buffer
	engine := c.App().Config().Views
	if err := errors.Join(engine.Render(&top, shell+"_top", page), engine.Render(&bottom, shell+"_bottom", page)); err != nil {
		return err
	}
	asPage(c, fiber.StatusOK)
	return middle.sendBetween(c, top.Bytes(), bottom.Bytes())
}

// sendBetween responds with the text between two others.
func (f Fixed) sendBetween(c *fiber.Ctx, top, bottom []byte) error {
	parts := net.Buffers{top, f.text, bottom}
	c.Vary(fiber.HeaderAcceptEncoding)
	if transport.Encoding(c) != "identity" && transport.Accepts(c, "gzip") {
		var err error
		if parts, err = f.gzip(top, bottom); err != nil {
			return err
		}
		c.Set(fiber.HeaderContentEncoding, "gzip")
	}
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	c.Response().SetBodyStream(&parts, size)
	return nil
}

// gzipHead is the header of a gzip stream (RFC 1952 2.3) without a time and a name.
var gzipHead = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}

// gzip returns a gzip stream of the three texts. Only the outer ones are compressed
// now. A block of deflate can follow any complete block.
func (f Fixed) gzip(top, bottom []byte) (net.Buffers, error) {
	begin, err := deflate(top, (*flate.Writer).Flush)
	if err != nil {
		return nil, err
	}
	end, err := deflate(bottom, (*flate.Writer).Close)
	if err != nil {
		return nil, err
	}
	sum := crc32.Update(crc32.Update(crc32.ChecksumIEEE(top), crc32.IEEETable, f.text), crc32.IEEETable, bottom)
	end = binary.LittleEndian.AppendUint32(end, sum)
	end = binary.LittleEndian.AppendUint32(end, uint32(len(top)+len(f.text)+len(bottom)))
	return net.Buffers{gzipHead, begin, f.deflated, end}, nil
}

// deflaters are reused, because a new one allocates a megabyte.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// deflate compresses a text quickly, and ends it with Flush or Close of the writer.
func deflate(text []byte, end func(*flate.Writer) error) ([]byte, error) {
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	_, err := w.Write(text)
	err = errors.Join(err, end(w))
	return out.Bytes(), err
}
