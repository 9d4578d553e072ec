package transport

import (
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"stoa/platform/listener"
)

// MaxBodyMiB is the size of the largest body, except for uploads.
const MaxBodyMiB = 1

// Limits on slow and large requests. They hold before any handler runs.
const (
	readTimeout  = 10 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = 60 * time.Second
	maxHeaders   = 8 << 10          // bytes; also the size of each connection's buffer
	maxBody      = MaxBodyMiB << 20 // bytes, except for uploads
	pageSize     = 16 << 10         // bytes; a page and its headers are sent in one write
)

// ServerConfig has the parts of a server that are not in its transport.
type ServerConfig struct {
	Views  fiber.Views
	Routes func(*fiber.App)
	Fail   fiber.ErrorHandler // responds to a request that failed
	Upload Upload
}

// NewServer returns a server that is not listening yet.
func (t *Transport) NewServer(s ServerConfig) *fiber.App {
	bodies := newBodyLimit(s.Upload)
	app := fiber.New(fiber.Config{
		AppName:               "Stoa",
		DisableStartupMessage: true,
		// Without it, strings read from a request change when fasthttp reuses
		// the request's buffers.
		Immutable:         true,
		CaseSensitive:     true,
		StrictRouting:     true,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		ReadBufferSize:    maxHeaders,
		WriteBufferSize:   pageSize,
		BodyLimit:         maxBody,
		ReduceMemoryUsage: true,
		// A form is parsed when a handler reads it, not before a route is
		// found.
		DisablePreParseMultipartForm: true,
		// Fiber ignores forwarded headers; only ClientAddr and RedirectToHTTPS
		// read them, from trusted proxies.
		EnableTrustedProxyCheck: true,
		Views:                   s.Views,
		ErrorHandler: func(c *fiber.Ctx, err error) error {
			if From(c) == nil { // fasthttp refused to read the request
				listener.Linger(c.Context().Conn())
				err = bodies.explain(c, err)
			}
			return s.Fail(c, err)
		},
	})
	s.Routes(app)
	t.learnRoutes(app)
	respond := refuseAmbiguous(app, s.Fail)
	unread := app.Server().ErrorHandler
	app.Server().HeaderReceived = bodies.limits
	app.Server().ErrorHandler = func(ctx *fasthttp.RequestCtx, err error) {
		bodies.recall(ctx)
		unread(ctx, err)
	}
	app.Server().Handler = func(ctx *fasthttp.RequestCtx) {
		respond(ctx)
		_ = bodies.done(&ctx.Request.Header) // explain has returned the error, if any
		releaseBody(&ctx.Request)
	}
	return app
}
