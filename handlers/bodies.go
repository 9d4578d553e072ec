package handlers

import (
	"bytes"
	"errors"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"stoa/domain/scope"
	"stoa/handlers/gate"
	"stoa/platform/fault"
	"stoa/platform/picture"
)

// What bodies may take that are larger than any form or call of ours: a few at
// a time are read, whoever sends them. Such a body lies in memory several
// times, as it came and as what it is read into, and its garbage as often.
const (
	smallBody = 32 << 10 // bytes; a profile of 2,000 characters, each escaped, has 24 KiB
	maxLarge  = 4
	// A body whose connection broke while it was read may not be told to us;
	// after this time it is over.
	largeOver = readTimeout + 30*time.Second
	// inPieces is the length of a body that comes in chunks.
	inPieces = -1
)

// What an upload may take. A body lies in memory twice, as it came and as a
// form: those that are read at a time take at most 42 MiB.
const (
	maxUpload      = picture.MaxBytes + 64<<10 // bytes; the fields beside the file
	maxUploads     = 4
	maxUploadsEach = 2 // for one person
	uploadTimeout  = 30 * time.Second
	uploadOver     = uploadTimeout + 30*time.Second
)

const busyRetryAfter = 5 * time.Second

const avatarPath = "/settings/avatar"

// bodies decides how large a request's body may be. A body is read before any
// middleware runs, so what decides is asked with the headers alone: few large
// ones are read at a time, and the requests of one route may have a larger one
// than all others when they come from people who are signed in.
type bodies struct {
	gate *gate.Gate

	mu sync.Mutex
	// By the header of the request, which stays where it is until the answer.
	open map[*fasthttp.RequestHeader]large
}

// large is a request with a large body.
type large struct {
	upload  bool
	person  scope.UserID // whose upload it is
	refused error        // why its body may not be so large
	until   time.Time
}

// refusal is the limits of a request that may not have a large body.
var refusal = fasthttp.RequestConfig{MaxRequestBodySize: smallBody}

// limits returns the limits of a request whose body has not been read; the zero
// value for those that all have.
func (b *bodies) limits(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	length := h.ContentLength()
	switch {
	case length > smallBody && length <= maxUpload && isUpload(h):
		return b.uploadLimits(h)
	case length > smallBody && length <= maxBody || length == inPieces:
		if !b.admit(h, large{until: time.Now().Add(largeOver)}) {
			return refusal
		}
	}
	return fasthttp.RequestConfig{}
}

func (b *bodies) uploadLimits(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	person, known, err := b.gate.Owner(h)
	if err == nil && !known {
		err = &fault.Error{Kind: fault.Unauthenticated, Code: "sign_in", Message: "Sign in to go on."}
	}
	if !b.admit(h, large{upload: true, person: person, refused: err, until: time.Now().Add(uploadOver)}) {
		return refusal
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: maxUpload, ReadTimeout: uploadTimeout}
}

func isUpload(h *fasthttp.RequestHeader) bool {
	return h.IsPost() && string(h.RequestURI()) == avatarPath
}

// admit notes the request with why it is refused, if it is.
func (b *bodies) admit(h *fasthttp.RequestHeader, one large) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if one.refused == nil && b.full(one) {
		one.refused = &fault.Error{
			Kind: fault.Unavailable, Code: "busy", RetryAfter: busyRetryAfter,
			Message: "Much is being sent just now. Try again in a few seconds.",
		}
	}
	b.open[h] = one
	return one.refused == nil
}

// full reports whether as many of one's kind are being read as may be. It
// forgets those that are over.
func (b *bodies) full(one large) bool {
	reading, theirs, now := 0, 0, time.Now()
	for h, other := range b.open {
		switch {
		case now.After(other.until):
			delete(b.open, h)
		case other.refused == nil && other.upload == one.upload:
			reading++
			if other.person == one.person {
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
func (b *bodies) done(h *fasthttp.RequestHeader) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.open[h]
	delete(b.open, h)
	return one.refused
}

// explain returns what to say of a request that was not read on: in place of
// "too large" that it would have been let in at another time, or how large it
// may be.
func (b *bodies) explain(c *fiber.Ctx, err error) error {
	h := &c.Request().Header
	refused, tooLarge := b.done(h), &fiber.Error{}
	switch {
	case !errors.As(err, &tooLarge) || tooLarge.Code != fiber.StatusRequestEntityTooLarge:
		return err
	case refused != nil:
		return refused
	case isUpload(h) && bytes.HasPrefix(h.ContentType(), []byte(fiber.MIMEMultipartForm)):
		return &fault.Error{Kind: fault.TooLarge, Code: "too_large", Message: "Choose a picture of at most 5 MiB. Nothing was changed."}
	}
	return err
}

// forget leaves the room of a large body, and that of the fields read from it,
// to be collected. The server below would keep both for later requests, small
// ones too, and then each of those that sends its body slowly has a mebibyte.
func forget(r *fasthttp.Request) {
	if len(r.Body()) > smallBody {
		r.SwapBody(nil)
		*r.PostArgs() = fasthttp.Args{}
	}
}
