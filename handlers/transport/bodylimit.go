package transport

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"stoa/domain/scope"
	"stoa/platform/fault"
)

// What bodies may take that are larger than any form or call of ours: a few at
// a time are read, whoever sends them. Such a body lies in memory several
// times, as it came and as what it is read into, and its garbage as often.
const (
	smallBody = 32 << 10 // bytes; a profile of 2,000 characters, each escaped, has 24 KiB
	maxLarge  = 4
	// A body whose connection broke while it was read may not be told to us;
	// after this time it is over.
	largeTimeout = readTimeout + 30*time.Second
	// chunked is the length of a body that comes in chunks.
	chunked = -1
)

// What an upload may take. A body lies in memory twice, as it came and as a
// form: those that are read at a time take at most 42 MiB.
const (
	maxUploads     = 4
	maxUploadsEach = 2 // for one person
	uploadTimeout  = 30 * time.Second
	uploadExpiry   = uploadTimeout + 30*time.Second
)

const busyRetryAfter = 5 * time.Second

// Upload is the route whose body may be larger than all others.
type Upload struct {
	Path     string
	MaxBytes int // of the file
	// User returns the signed-in user of a request, of which only the headers
	// are known yet.
	User     func(context.Context, *fasthttp.RequestHeader) (scope.UserID, error)
	TooLarge *fault.Error
}

// maxBytes is the longest body: the file and the fields beside it.
func (u Upload) maxBytes() int { return u.MaxBytes + 64<<10 }

func (u Upload) is(h *fasthttp.RequestHeader) bool {
	return h.IsPost() && string(h.RequestURI()) == u.Path
}

// bodyLimit decides how large a request's body may be. A body is read before any
// middleware runs, so what decides is asked with the headers alone: few large
// ones are read at a time, and the requests of one route may have a larger one
// than all others when they come from people who are signed in.
type bodyLimit struct {
	upload Upload

	mu sync.Mutex
	// By the header of the request, which stays where it is until the answer.
	open    map[*fasthttp.RequestHeader]large
	heads   map[*fasthttp.RequestHeader]head
	sweepAt int // how many heads there may be before those that are over are looked for
}

// head is the beginning of a request, up to its body.
type head struct {
	text string
	at   time.Time
}

// fewHeads are not looked through: requests whose body is not told to be over
// are rare.
const fewHeads = 1024

func newBodyLimit(u Upload) *bodyLimit {
	return &bodyLimit{upload: u, open: map[*fasthttp.RequestHeader]large{}, heads: map[*fasthttp.RequestHeader]head{}, sweepAt: fewHeads}
}

// large is a request with a large body.
type large struct {
	upload  bool
	user    scope.UserID // whose upload it is
	refused error        // why its body may not be so large
	until   time.Time
}

// refusal is the limits of a request that may not have a large body.
var refusal = fasthttp.RequestConfig{MaxRequestBodySize: smallBody}

// limits returns the limits of a request whose body has not been read; the zero
// value for those that all have.
func (b *bodyLimit) limits(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	length := h.ContentLength()
	if length > 0 || length == chunked {
		b.remember(h)
	}
	switch {
	case length > smallBody && length <= b.upload.maxBytes() && b.upload.is(h):
		return b.uploadLimits(h)
	case length > smallBody && length <= maxBody || length == chunked:
		if !b.admit(h, large{until: time.Now().Add(largeTimeout)}) {
			return refusal
		}
	}
	return fasthttp.RequestConfig{}
}

// remember keeps the request's head: the server below forgets it when it cannot
// read the body, and with it whom to answer, in which form and with what id.
func (b *bodyLimit) remember(h *fasthttp.RequestHeader) {
	one := head{fmt.Sprintf("%s %s %s\r\n%s", h.Method(), h.RequestURI(), h.Protocol(), h.RawHeaders()), time.Now()}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heads[h] = one
	if len(b.heads) > b.sweepAt {
		maps.DeleteFunc(b.heads, func(_ *fasthttp.RequestHeader, other head) bool { return one.at.Sub(other.at) > uploadExpiry })
		b.sweepAt = max(fewHeads, 2*len(b.heads))
	}
}

// recall gives a request whose body could not be read its head again. One from
// before the connection is of another request, which the server below left
// without a word.
func (b *bodyLimit) recall(ctx *fasthttp.RequestCtx) {
	h := &ctx.Request.Header
	b.mu.Lock()
	one, known := b.heads[h]
	b.mu.Unlock()
	if !known || one.at.Before(ctx.ConnTime()) {
		return
	}
	if err := h.Read(bufio.NewReaderSize(strings.NewReader(one.text), len(one.text))); err != nil {
		slog.Error("the head of a request cannot be read again", "error", err)
	}
}

func (b *bodyLimit) uploadLimits(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	user, err := b.upload.User(ctx, h)
	if !b.admit(h, large{upload: true, user: user, refused: err, until: time.Now().Add(uploadExpiry)}) {
		return refusal
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: b.upload.maxBytes(), ReadTimeout: uploadTimeout}
}

// admit notes the request with why it is refused, if it is.
func (b *bodyLimit) admit(h *fasthttp.RequestHeader, one large) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if one.refused == nil && b.full(one) {
		one.refused = fault.Busy("Much is being sent just now. Try again in a few seconds.", busyRetryAfter, nil)
	}
	b.open[h] = one
	return one.refused == nil
}

// full reports whether as many of one's kind are being read as may be. It
// forgets those that are over.
func (b *bodyLimit) full(one large) bool {
	reading, theirs, now := 0, 0, time.Now()
	for h, other := range b.open {
		switch {
		case now.After(other.until):
			delete(b.open, h)
		case other.refused == nil && other.upload == one.upload:
			reading++
			if other.user == one.user {
				theirs++
			}
		}
	}
	if one.upload {
		return reading >= maxUploads || theirs >= maxUploadsEach
	}
	return reading >= maxLarge
}

// done forgets the request and returns why it was refused.
func (b *bodyLimit) done(h *fasthttp.RequestHeader) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.open[h]
	delete(b.open, h)
	delete(b.heads, h)
	return one.refused
}

// explain returns what to say of a request that was not read on: in place of
// "too large" that it would have been let in at another time, or how large it
// may be. A client that hangs up is no fault of ours, which an operator would
// be called for.
func (b *bodyLimit) explain(c *fiber.Ctx, err error) error {
	h := &c.Request().Header
	refused, fromFiber := b.done(h), &fiber.Error{}
	switch {
	case errors.As(err, &fromFiber) && fromFiber.Code == fiber.StatusBadGateway:
		return fiber.ErrBadRequest
	case fromFiber.Code != fiber.StatusRequestEntityTooLarge:
		return err
	case refused != nil:
		return refused
	case b.upload.is(h) && bytes.HasPrefix(h.ContentType(), []byte(fiber.MIMEMultipartForm)):
		return b.upload.TooLarge
	}
	return err
}

// releaseBody leaves the room of a large body, and that of the fields read from it,
// to be collected. The server below would keep both for later requests, small
// ones too, and then each of those that sends its body slowly has a mebibyte.
func releaseBody(r *fasthttp.Request) {
	if len(r.Body()) > smallBody {
		r.SwapBody(nil)
		*r.PostArgs() = fasthttp.Args{}
	}
}
