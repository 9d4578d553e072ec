package transport

import (
	"bufio"
	"bytes"
	"cmp"
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
	"stoa/platform/fair"
	"stoa/platform/fault"
)

// Limits on bodies that are larger than any of our forms and API requests. The
// server reads only a few of them at a time, for all clients together, because
// each is in memory several times: as received, as parsed, and as garbage.
const (
	smallBody = 32 << 10 // bytes; a profile of 2,000 characters, each escaped, has 24 KiB
	maxLarge  = 4
	// fasthttp may not report that a connection broke while a body was read.
	// After this time the body counts as finished.
	largeTimeout = readTimeout + 30*time.Second
	// chunked is the length of a body in chunks, as fasthttp reports it.
	chunked = -1
)

// Limits on uploads. A body is in memory twice, as received and as a form, so
// that all uploads together need at most 42 MiB.
const (
	maxUploads     = 4
	maxUploadsEach = 2 // of one user
	uploadTimeout  = 30 * time.Second
	uploadExpiry   = uploadTimeout + 30*time.Second
)

const busyRetryAfter = 5 * time.Second

// Upload is the one route with a larger body limit, for signed-in users.
type Upload struct {
	Path     string
	MaxBytes int // of the file
	// User returns the signed-in user of a request from its headers alone.
	User     func(context.Context, *fasthttp.RequestHeader) (scope.UserID, error)
	TooLarge *fault.Error // the error for larger bodies
}

// maxBytes is the largest body: the file and the other fields of its form.
func (u Upload) maxBytes() int { return u.MaxBytes + 64<<10 }

func (u Upload) is(h *fasthttp.RequestHeader) bool {
	return h.IsPost() && originForm(string(h.RequestURI())) == u.Path
}

// bodyLimit decides how large the body of a request may be. fasthttp reads the
// body before any middleware runs, so the decision uses the headers alone.
type bodyLimit struct {
	upload Upload

	mu sync.Mutex
	// The keys are pointers to the header of the request, which does not move
	// until the response is sent.
	open    map[*fasthttp.RequestHeader]large
	heads   map[*fasthttp.RequestHeader]head
	sweepAt int // number of heads at which remember deletes expired ones
}

// head is a request up to its body.
type head struct {
	text string
	at   time.Time
}

// minSweep is the smallest sweepAt. Expired heads are rare, so that a search
// among fewer heads is not worth its time.
const minSweep = 1024

func newBodyLimit(u Upload) *bodyLimit {
	return &bodyLimit{upload: u, open: map[*fasthttp.RequestHeader]large{}, heads: map[*fasthttp.RequestHeader]head{}, sweepAt: minSweep}
}

// large is a request with a large body.
type large struct {
	upload  bool
	user    scope.UserID // the user who uploads
	refused error        // nil when the body was accepted
	until   time.Time
}

// refusal limits the body of a request to a small one.
var refusal = fasthttp.RequestConfig{MaxRequestBodySize: smallBody}

// limits returns the limits of a request before its body is read. The zero
// value means the limits of the server. A client that waits for 100 Continue
// before it sends a body beyond the limit gets the error at once.
func (b *bodyLimit) limits(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	limits := b.limitsOf(h)
	if h.ContentLength() > cmp.Or(limits.MaxRequestBodySize, maxBody) {
		h.Del(fiber.HeaderExpect)
	}
	return limits
}

func (b *bodyLimit) limitsOf(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
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

// remember keeps the head of the request. fasthttp clears it when it cannot
// read the body, but the error response depends on its path, headers and id.
func (b *bodyLimit) remember(h *fasthttp.RequestHeader) {
	one := head{fmt.Sprintf("%s %s %s\r\n%s", h.Method(), h.RequestURI(), h.Protocol(), h.RawHeaders()), time.Now()}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heads[h] = one
	if len(b.heads) > b.sweepAt {
		maps.DeleteFunc(b.heads, func(_ *fasthttp.RequestHeader, other head) bool { return one.at.Sub(other.at) > uploadExpiry })
		b.sweepAt = max(minSweep, 2*len(b.heads))
	}
}

// recall restores the head of a request after fasthttp failed to read its body.
// A head that is older than the connection belongs to an earlier request that
// fasthttp did not report as finished.
func (b *bodyLimit) recall(ctx *fasthttp.RequestCtx) {
	h := &ctx.Request.Header
	b.mu.Lock()
	one, known := b.heads[h]
	b.mu.Unlock()
	if !known || one.at.Before(ctx.ConnTime()) {
		return
	}
	if err := h.Read(bufio.NewReaderSize(strings.NewReader(one.text), len(one.text))); err != nil {
		slog.Error("cannot restore the head of a request", "error", err)
	}
}

func (b *bodyLimit) uploadLimits(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	// The client is unknown before the body is read, so all uploads have one share.
	ctx, cancel := context.WithTimeout(fair.With(context.Background(), fair.Key{"uploads", ""}), deadline)
	defer cancel()
	user, err := b.upload.User(ctx, h)
	if !b.admit(h, large{upload: true, user: user, refused: err, until: time.Now().Add(uploadExpiry)}) {
		return refusal
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: b.upload.maxBytes(), ReadTimeout: uploadTimeout}
}

// admit registers the request and reports whether its body is accepted.
func (b *bodyLimit) admit(h *fasthttp.RequestHeader, one large) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if one.refused == nil && b.full(one) {
		one.refused = fault.Busy("Much is being sent just now. Try again in a few seconds.", busyRetryAfter, nil)
	}
	b.open[h] = one
	return one.refused == nil
}

// full reports whether the maximum number of bodies of this kind is being read.
// It deletes expired entries.
func (b *bodyLimit) full(one large) bool {
	reading, ofUser, now := 0, 0, time.Now()
	for h, other := range b.open {
		switch {
		case now.After(other.until):
			delete(b.open, h)
		case other.refused == nil && other.upload == one.upload:
			reading++
			if other.user == one.user {
				ofUser++
			}
		}
	}
	if one.upload {
		return reading >= maxUploads || ofUser >= maxUploadsEach
	}
	return reading >= maxLarge
}

// done deletes the entries of the request. It returns the error that refused
// its body, or nil.
func (b *bodyLimit) done(h *fasthttp.RequestHeader) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.open[h]
	delete(b.open, h)
	delete(b.heads, h)
	return one.refused
}

// explain returns the error for a request that fasthttp refused to read.
// fasthttp reports each refused body as too large. explain returns the reason
// instead: too many bodies at once, an upload without a session, or the limit
// of uploads. For a closed connection the status is 400, not 502: a server
// error would alert an operator.
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

// releaseBody gives the memory of a large body and of the fields parsed from it
// to the garbage collector. fasthttp would reuse both for later requests, and
// each small request with a slow body would then hold a mebibyte.
func releaseBody(r *fasthttp.Request) {
	if len(r.Body()) > smallBody {
		r.SwapBody(nil)
		*r.PostArgs() = fasthttp.Args{}
	}
}
