package main

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// answerPatience is how long one answer may take. Ten seconds is what a
// sign-in may wait for its hash.
const answerPatience = 15 * time.Second

// newClient returns a client of one connection, which is kept.
func newClient(addr string) *fasthttp.HostClient {
	return &fasthttp.HostClient{
		Addr: addr, MaxConns: 1, NoDefaultUserAgentHeader: true, MaxIdemponentCallAttempts: 1,
		ReadTimeout: answerPatience, WriteTimeout: answerPatience, ReadBufferSize: 16 << 10,
	}
}

// addresses counts the visitors.
var addresses atomic.Uint32

// visitor is one client of a server: it sends the same request over and over,
// on a connection of its own.
type visitor struct {
	client *fasthttp.HostClient
	req    *fasthttp.Request
	resp   *fasthttp.Response
	want   []byte // is in every right answer
	next   func(v *visitor) error
}

// newVisitor returns a visitor whose answers must hold want. header are names
// and values, in turns.
func newVisitor(p *process, method, path, want string, header ...string) *visitor {
	v := &visitor{
		client: newClient(p.addr), req: fasthttp.AcquireRequest(), resp: fasthttp.AcquireResponse(), want: []byte(want),
	}
	v.req.Header.SetMethod(method)
	v.req.SetRequestURI("http://localhost:3000" + path)
	v.req.Header.SetUserAgent("stoa-bench")
	// Limits count clients by address: let them be as many as they are.
	n := addresses.Add(1)
	v.req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255))
	for i := 0; i+1 < len(header); i += 2 {
		v.req.Header.Set(header[i], header[i+1])
	}
	return v
}

// body sets what the visitor sends.
func (v *visitor) body(json string) *visitor {
	v.req.Header.SetContentType("application/json")
	v.req.SetBodyString(json)
	return v
}

// call sends the request once and refuses any answer but the one it is for.
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
