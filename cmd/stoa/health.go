package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/v1"

	"stoa/cmd/stoa/config"
)

// healthTimeout is how long a server may take to respond.
const healthTimeout = 4 * time.Second

type health struct {
	Live bool `help:"Check only that the process is alive, not that it can serve."`
	Work bool `help:"Check stoa work, at WORK_PORT, and not the web server."`
}

// Run requests the health of the server with these settings, and returns an
// error unless it is ok. Container health checks use it, because the image
// contains no HTTP client.
func (h health) Run(ctx context.Context) error {
	cfg, err := loadSettings()
	if err != nil {
		return err
	}
	path := "/health"
	if h.Live {
		path = "/health/live"
	}
	port := cfg.Port
	if h.Work {
		port = cfg.WorkPort
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+localAddress(cfg, port)+path, nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{}} // without HTTP_PROXY
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("the server does not respond: %w", errors.Unwrap(err))
	}
	defer res.Body.Close()
	var body struct{ Status string }
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<16)).Decode(&body); err != nil {
		return fmt.Errorf("the server at port %d is not this program", port)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is %s", body.Status)
	}
	fmt.Println(body.Status)
	return nil
}

// localAddress returns the address at which this machine reaches a server with
// these settings and that port. It is on loopback when the server listens on all
// interfaces.
func localAddress(cfg config.Config, port uint16) string {
	host := string(cfg.Host)
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}
