// Package picture makes small square pictures of uploaded files. The output is
// encoded anew: it contains the pixels of the file and nothing else of it.
package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/image/draw"

	"stoa/platform/fault"
	"stoa/platform/workers"
)

// Limits of the decoded pictures.
const (
	MaxMiB     = 5
	MaxBytes   = MaxMiB << 20 // of a file
	maxPixels  = 25_000_000   // 100 to 400 MB when decoded
	maxWaiting = 8
	maxWait    = 8 * time.Second
	retryAfter = 5 * time.Second

	// The memory of pictures with at least this many pixels is returned to the
	// operating system immediately. Go would keep it for minutes, and the next
	// picture would need the same amount in addition.
	largePixels = 2_000_000
)

// TooLarge is the message for a file of more than MaxBytes.
var TooLarge = fmt.Sprintf("Choose a picture of at most %d MiB.", MaxMiB)

// quality of JPEGs. At 75, small pictures look visibly worse; at 88 they are
// still only a few KB.
const quality = 88

// Square is a picture of Side × Side pixels.
type Square struct {
	Side int
	Body []byte
}

// Processed is one picture in several sizes: PNG when it is transparent, else
// JPEG.
type Processed struct {
	Ext     string // ".jpg" or ".png"
	Squares []Square
}

// Processor processes one picture at a time, because a single picture can need
// hundreds of MB. It has the usual priority: one thread cannot take the processors
// from pages, and at the lowest priority it would get none beside many pages.
type Processor struct{ worker *workers.Pool }

// New returns a processor. It has no Config, because it depends on nothing. Close
// ends it.
func New() *Processor {
	return &Processor{workers.New(workers.Config{MaxWaiting: maxWaiting, MaxWait: maxWait})}
}

// Close finishes the picture in progress and refuses the waiting ones.
func (p *Processor) Close() { p.worker.Close() }

// Process returns the middle of the file's picture, upright, as squares of at most
// the given sides, which are sorted from large to small. It returns an Invalid
// fault of the field for a file that is not PNG, JPEG or WebP, and for one that is
// too large, damaged or of an unsupported variant. It returns the Unavailable fault
// busy when too many pictures are waiting.
func (p *Processor) Process(ctx context.Context, field string, file []byte, sides ...int) (Processed, error) {
	src, err := parse(file)
	if err != nil {
		return Processed{}, ofField(field, err)
	}
	type result struct {
		drawn Processed
		err   error
	}
	made, err := workers.Do(ctx, p.worker, func() (r result) {
		r.drawn, r.err = render(src, sides)
		if src.width*src.height >= largePixels {
			debug.FreeOSMemory()
		}
		return r
	})
	if err != nil {
		return Processed{}, fault.Busy("Many pictures are being read just now. Try again in a few seconds.", retryAfter, err)
	}
	return made.drawn, ofField(field, made.err)
}

// refusal is the reason why a file is not accepted.
type refusal struct{ code, sentence string }

func (r refusal) Error() string { return r.code }

func refuse(code, sentence string) error { return refusal{code, sentence} }

func unsupported(kind, what string) error {
	return refuse("unsupported", "This "+kind+" has "+what+", which is not supported. Open it and save it as an ordinary JPEG or as PNG.")
}

func ofField(field string, err error) error {
	if r := (refusal{}); errors.As(err, &r) {
		return fault.InvalidField(field, r.code, r.sentence)
	}
	return err
}

// parse returns the picture in a file, or a refusal when the file must not be
// decoded. It reads only headers.
func parse(file []byte) (source, error) {
	switch {
	case len(file) == 0:
		return source{}, refuse("required", "Choose a picture.")
	case len(file) > MaxBytes:
		return source{}, refuse("too_large", TooLarge)
	}
	i := slices.IndexFunc(formats, func(f format) bool { return f.is(file) })
	if i < 0 {
		return source{}, wrongType(file)
	}
	src, err := formats[i].parse(file)
	if err != nil {
		return source{}, err
	}
	// This check precedes the decoding: a few KB can decode to gigabytes.
	pixels := int64(src.width) * int64(src.height)
	if pixels > maxPixels {
		return source{}, refuse("too_many_pixels", "Choose a picture of at most 25 megapixels, such as 5000 × 5000.")
	}
	if pixels <= 0 {
		return source{}, damaged(errors.New("no pixels"))
	}
	return src, nil
}

func damaged(err error) error {
	return fmt.Errorf("%w: %w", refuse("damaged", "This picture is damaged or incomplete. Open it and save it once more as PNG or JPEG, or choose another."), err)
}

// render decodes the file and draws the squares. A panic of a decoder means that
// it cannot read the file; it must not end the process.
func render(from source, sides []int) (drawn Processed, err error) {
	defer func() {
		if p := recover(); p != nil {
			drawn, err = Processed{}, damaged(fmt.Errorf("panic: %v", p))
		}
	}()
	img, err := from.decode()
	if err != nil {
		return Processed{}, damaged(err)
	}
	convert, err := from.colours()
	if err != nil {
		return Processed{}, err
	}
	square := rotate(toSRGB(shrink(img, centreSquare(img.Bounds()), sides[0]), convert), from.orientation)
	drawn.Ext = ".jpg"
	if !square.Opaque() {
		drawn.Ext = ".png"
	}
	for _, side := range sides {
		small := toSRGB(shrink(square, square.Rect, side), nil)
		body, err := encode(small, drawn.Ext)
		if err != nil {
			return Processed{}, err
		}
		drawn.Squares = append(drawn.Squares, Square{side, body})
	}
	return drawn, nil
}

// centreSquare returns the largest square in the middle.
func centreSquare(r image.Rectangle) image.Rectangle {
	side := min(r.Dx(), r.Dy())
	corner := r.Min.Add(image.Pt((r.Dx()-side)/2, (r.Dy()-side)/2))
	return image.Rectangle{corner, corner.Add(image.Pt(side, side))}
}

// shrink returns the part of a picture, at most side wide. A smaller part keeps
// its size: enlarging it here would not look better than in the browser.
func shrink(src image.Image, part image.Rectangle, side int) *image.NRGBA64 {
	side = min(side, part.Dx())
	dst := image.NewNRGBA64(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(dst, dst.Rect, src, part, draw.Src, nil)
	return dst
}

func encode(img *image.NRGBA, ext string) ([]byte, error) {
	var out bytes.Buffer
	if ext == ".png" {
		err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, img)
		return out.Bytes(), err
	}
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality})
	return out.Bytes(), err
}
