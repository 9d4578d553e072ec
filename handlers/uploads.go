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

// What an upload may take. A body lies in memory twice, as it came and as a
// form: those that are read at a time take at most 42 MiB.
const (
	maxUpload        = picture.MaxBytes + 64<<10 // bytes; the fields beside the file
	maxUploads       = 4
	maxUploadsEach   = 2 // for one person
	uploadTimeout    = 30 * time.Second
	uploadRetryAfter = 5 * time.Second
	// An upload whose connection broke while its body was read is not told to
	// us; after this time it is over.
	uploadOver = uploadTimeout + 30*time.Second
)

const avatarPath = "/settings/avatar"

// uploads lets the requests of one route have a larger body than all others. A
// large body is read before any middleware runs, so what decides is asked with
// the headers alone: only people who are signed in get more memory than
// anybody, and only a few at a time.
type uploads struct {
	gate *gate.Gate

	mu sync.Mutex
	// By the header of the request, which stays where it is until the answer.
	open map[*fasthttp.RequestHeader]upload
}

type upload struct {
	person  scope.UserID
	refused error // why its body may not be larger than others
	until   time.Time
}

// limits returns the limits of a request whose body has not been read; the zero
// value for those that all have.
func (u *uploads) limits(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if !isUpload(h) || h.ContentLength() <= maxBody || h.ContentLength() > maxUpload {
		return fasthttp.RequestConfig{}
	}
	person, known, err := u.gate.Owner(h)
	if err == nil && !known {
		err = &fault.Error{Kind: fault.Unauthenticated, Code: "sign_in", Message: "Sign in to go on."}
	}
	if !u.admit(h, person, err) {
		return fasthttp.RequestConfig{}
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: maxUpload, ReadTimeout: uploadTimeout}
}

func isUpload(h *fasthttp.RequestHeader) bool {
	return h.IsPost() && string(h.RequestURI()) == avatarPath
}

// admit notes the request with why it is refused, if it is.
func (u *uploads) admit(h *fasthttp.RequestHeader, person scope.UserID, refused error) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	reading, theirs, now := 0, 0, time.Now()
	for other, up := range u.open {
		switch {
		case now.After(up.until):
			delete(u.open, other)
		case up.refused == nil:
			reading++
			if up.person == person {
				theirs++
			}
		}
	}
	if refused == nil && (reading >= maxUploads || theirs >= maxUploadsEach) {
		refused = &fault.Error{
			Kind: fault.Unavailable, Code: "busy", RetryAfter: uploadRetryAfter,
			Message: "Many pictures are being sent just now. Try again in a few seconds.",
		}
	}
	u.open[h] = upload{person, refused, now.Add(uploadOver)}
	return refused == nil
}

// done forgets the request and returns why it was refused.
func (u *uploads) done(h *fasthttp.RequestHeader) error {
	if !isUpload(h) {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	up := u.open[h]
	delete(u.open, h)
	return up.refused
}

// explain returns what to say of a request that was not read on: in place of
// "too large" that it would have been let in at another time, or how large it
// may be.
func (u *uploads) explain(c *fiber.Ctx, err error) error {
	h := &c.Request().Header
	refused, tooLarge := u.done(h), &fiber.Error{}
	switch {
	case !isUpload(h) || !errors.As(err, &tooLarge) || tooLarge.Code != fiber.StatusRequestEntityTooLarge:
		return err
	case refused != nil:
		return refused
	case bytes.HasPrefix(h.ContentType(), []byte(fiber.MIMEMultipartForm)):
		return &fault.Error{Kind: fault.TooLarge, Code: "too_large", Message: "Choose a picture of at most 5 MiB. Nothing was changed."}
	}
	return err
}
