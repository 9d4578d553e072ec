package handlers

import (
	"bytes"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"stoa/handlers/gate"
	"stoa/handlers/respond"
	"stoa/platform/listener"
)

// What a client may take of us: a slow one is cut, and a large one refused,
// before any handler runs.
const (
	readTimeout  = 10 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = 60 * time.Second
	maxHeaders   = 8 << 10  // bytes; also the size of each connection's buffer
	maxBody      = 1 << 20  // bytes, but for uploads
	pageSize     = 16 << 10 // bytes; a page leaves in one packet with its headers
)

// NewServer returns the site as a server that is not listening yet.
func NewServer(site *Site, engine fiber.Views) *fiber.App {
	return newServer(site.Gate, engine, site.routes)
}

// NewOperatorServer returns the same for operators alone, of a process that has
// no pages.
func NewOperatorServer(o *Operations, engine fiber.Views) *fiber.App {
	return newServer(o.Gate, engine, func(app *fiber.App) {
		app.Use(o.Gate.Enter)
		o.routes(app)
	})
}

func newServer(g *gate.Gate, engine fiber.Views, routes func(*fiber.App)) *fiber.App {
	fail, sent := &respond.Errors{Gate: g}, newBodyLimit(g)
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
		Views:                   engine,
		ErrorHandler: func(c *fiber.Ctx, err error) error {
			if gate.From(c) == nil { // refused while it was read
				listener.Linger(c.Context().Conn())
				err = sent.explain(c, err)
			}
			return fail.Handle(c, err)
		},
	})
	routes(app)
	g.Routes(app)
	answers := refuseAmbiguous(app, fail)
	unread := app.Server().ErrorHandler
	app.Server().HeaderReceived = sent.limits
	app.Server().ErrorHandler = func(ctx *fasthttp.RequestCtx, err error) {
		sent.recall(ctx)
		unread(ctx, err)
	}
	app.Server().Handler = func(ctx *fasthttp.RequestCtx) {
		answers(ctx)
		_ = sent.done(&ctx.Request.Header) // refusals were told when the body was
		releaseBody(&ctx.Request)
	}
	return app
}

// refuseAmbiguous lets only requests reach Fiber that every proxy in front reads as
// we do, and of methods that it knows: Fiber refuses the others before any
// middleware, without our headers.
func refuseAmbiguous(app *fiber.App, fail *respond.Errors) fasthttp.RequestHandler {
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
		if err := fail.Handle(c, fiber.ErrBadRequest); err != nil {
			ctx.SetStatusCode(fiber.StatusBadRequest)
		}
		if !unambiguous {
			ctx.SetConnectionClose()
		}
	}
}

// unambiguousFraming reports whether it is plain where the request ends (RFC 9112 2.2, 2.3,
// 5.2, 6.1): HTTP/1.0 or 1.1, each header a line of its own that ends in CRLF,
// no coding but chunked. fasthttp takes more than that, and what a proxy reads
// otherwise is smuggled.
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
