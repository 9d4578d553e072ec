package main

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"stoa/test/rig"
)

// responseTimeout is the longest time that one response may take. A sign-in may
// wait ten seconds for its password hash.
const responseTimeout = 15 * time.Second

// newClient returns a client that keeps one connection open.
func newClient(addr string) *fasthttp.HostClient {
	return &fasthttp.HostClient{
		Addr: addr, MaxConns: 1, NoDefaultUserAgentHeader: true, MaxIdemponentCallAttempts: 1,
		ReadTimeout: responseTimeout, WriteTimeout: responseTimeout, ReadBufferSize: 16 << 10,
	}
}

// clientIPs counts the visitors, so that each gets an IP address of its own.
var clientIPs atomic.Uint32

// visitor is one client of a server. It repeats the same request on a
// connection of its own.
type visitor struct {
	client *fasthttp.HostClient
	req    *fasthttp.Request
	resp   *fasthttp.Response
	want   []byte // every correct response contains it
	next   func(v *visitor) error
}

// newVisitor returns a visitor that requires want in every response. header
// alternates names and values.
func newVisitor(on *rig.App, method, path, want string, header ...string) *visitor {
	v := &visitor{
		client: newClient(on.Addr), req: fasthttp.AcquireRequest(), resp: fasthttp.AcquireResponse(), want: []byte(want),
	}
	v.req.Header.SetMethod(method)
	v.req.SetRequestURI(baseURL + path)
	v.req.Header.SetUserAgent("stoa-bench")
	// Limits count by IP address, so each visitor needs a different one.
	n := clientIPs.Add(1)
	v.req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255))
	for i := 0; i+1 < len(header); i += 2 {
		v.req.Header.Set(header[i], header[i+1])
	}
	return v
}

// body sets the request body.
func (v *visitor) body(json string) *visitor {
	v.req.Header.SetContentType("application/json")
	v.req.SetBodyString(json)
	return v
}

// call sends the request once. It returns an error for any response but the
// expected one.
func (v *visitor) call() error {
	if err := v.client.Do(v.req, v.resp); err != nil {
		return err
	}
	if status := v.resp.StatusCode(); status < fasthttp.StatusOK || status > fasthttp.StatusAccepted || !bytes.Contains(v.resp.Body(), v.want) {
		return fmt.Errorf("%s %s: %d %.300s", v.req.Header.Method(), v.req.URI().Path(), status, v.resp.Body())
	}
	if v.next != nil {
		return v.next(v)
	}
	return nil
}
