package transport

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// refuseAmbiguous passes a request to Fiber only if every proxy in front parses
// it as fasthttp does. It also refuses methods that Fiber does not know:
// Fiber would refuse them before any middleware, without our headers.
func refuseAmbiguous(app *fiber.App, fail fiber.ErrorHandler) fasthttp.RequestHandler {
	next, known := app.Handler(), map[string]bool{}
	for _, method := range fiber.DefaultMethods {
		known[method] = true
	}
	return func(ctx *fasthttp.RequestCtx) {
		unambiguous := unambiguousFraming(&ctx.Request.Header)
		if unambiguous && known[string(ctx.Method())] {
			next(ctx)
			return
		}
		c := app.AcquireCtx(ctx)
		defer app.ReleaseCtx(c)
		if err := fail(c, fiber.ErrBadRequest); err != nil {
			ctx.SetStatusCode(fiber.StatusBadRequest)
		}
		if !unambiguous {
			ctx.SetConnectionClose()
		}
	}
}

// unambiguousFraming reports whether the end of the request is unambiguous (RFC
// 9112 2.2, 2.3, 5.2, 6.1): HTTP/1.0 or 1.1, each header on one line that ends
// in CRLF, no transfer coding except chunked. fasthttp accepts more. A request
// that a proxy parses differently can smuggle another one.
func unambiguousFraming(h *fasthttp.RequestHeader) bool {
	if version := string(h.Protocol()); version != "HTTP/1.1" && version != "HTTP/1.0" {
		return false
	}
	for line := range bytes.Lines(h.RawHeaders()) {
		if line[0] == ' ' || line[0] == '\t' || !bytes.HasSuffix(line, []byte("\r\n")) {
			return false
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte(fiber.HeaderTransferEncoding)) && !bytes.EqualFold(bytes.TrimSpace(value), []byte("chunked")) {
			return false
		}
	}
	return true
}
