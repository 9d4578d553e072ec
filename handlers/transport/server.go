package transport

import (
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"stoa/platform/listener"
)

// What a client may take of us: a slow one is cut, and a large one refused,
// before any handler runs.
// MaxBodyMiB is the length of the longest body, except for uploads.
const MaxBodyMiB = 1

const (
	readTimeout  = 10 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = 60 * time.Second
	maxHeaders   = 8 << 10          // bytes; also the size of each connection's buffer
	maxBody      = MaxBodyMiB << 20 // bytes, except for uploads
	pageSize     = 16 << 10         // bytes; a page leaves in one packet with its headers
)

// Server is what a server needs beside its transport.
type Server struct {
	Views  fiber.Views
	Routes func(*fiber.App)
	Fail   fiber.ErrorHandler // responds to a request that failed
	Upload Upload
}

// NewServer returns a server that is not listening yet.
func (t *Transport) NewServer(s Server) *fiber.App {
	bodies := newBodyLimit(s.Upload)
	app := fiber.New(fiber.Config{
		AppName:               "Stoa",
		DisableStartupMessage: true,
		// Without it, strings taken from a request change under whoever keeps
		// them once its buffers are used again.
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
		// Read when a form is asked for, not before a route is found.
		DisablePreParseMultipartForm: true,
		// Forwarded headers are believed by gate alone, from trusted peers.
		EnableTrustedProxyCheck: true,
		Views:                   s.Views,
		ErrorHandler: func(c *fiber.Ctx, err error) error {
			if From(c) == nil { // refused while it was read
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
		_ = bodies.done(&ctx.Request.Header) // refusals were told when the body was
		releaseBody(&ctx.Request)
	}
	return app
}
