package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"stoa/cmd/stoa/config"
)

// healthPatience is how long a server may take to say how it is.
const healthPatience = 4 * time.Second

type health struct {
	Live bool `help:"Ask only whether it lives, not whether it can serve."`
	Work bool `help:"Ask stoa work, at WORK_PORT, and not the web server."`
}

// Run asks the server that these settings are of, and fails unless it is well.
// It is there for containers, which have no other program to ask with.
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
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+localAddress(cfg, port)+path, nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{}} // by no proxy of the environment
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", errors.Unwrap(err))
	}
	defer res.Body.Close()
	var said struct{ Status string }
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<16)).Decode(&said); err != nil {
		return fmt.Errorf("what answers at port %d is not this program", port)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is %s", said.Status)
	}
	fmt.Println(said.Status)
	return nil
}

// localAddress returns where a server of these settings is found at that port from
// this machine: one that listens on all addresses, on loopback.
func localAddress(cfg config.Config, port uint16) string {
	host := string(cfg.Host)
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}
