package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"stoa/cmd/stoa/config"
)

// reachTimeout is how long a collector or tracker may take to respond.
const reachTimeout = 3 * time.Second

// checkObservability reports how /metrics is protected, whether the receivers of
// traces and error reports are reachable, and which proxies are trusted.
func checkObservability(ctx context.Context, cfg config.Config, report func(string, error)) {
	report(metricsCheck(cfg), nil)
	if cfg.OTLPEndpoint != "" {
		report("traces", reachable(ctx, string(cfg.OTLPEndpoint)))
	}
	if cfg.SentryDSN != "" {
		report("error reports", reachable(ctx, string(cfg.SentryDSN)))
	}
	report(fmt.Sprintf("proxies (%d networks trusted)", len(cfg.TrustedProxies)), checkProxies(cfg))
}

func metricsCheck(cfg config.Config) string {
	switch {
	case cfg.MetricsToken != "":
		return "metrics (with METRICS_TOKEN)"
	case cfg.Production():
		return "metrics (off: no METRICS_TOKEN)"
	}
	return "metrics (open: development)"
}

// reachable sends a request to the host of the URL. Any response shows that the
// host is reachable. The rest of the URL may contain a key and is not sent.
func reachable(ctx context.Context, rawURL string) error {
	u, err := url.Parse(rawURL)
	if err != nil {
		return errors.New("malformed URL")
	}
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.Scheme+"://"+u.Host+"/", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%w: the program cannot deliver there", err)
	}
	return res.Body.Close()
}

// checkProxies returns an error when limits would count all clients as one.
func checkProxies(cfg config.Config) error {
	// The program does not support TLS: https requests come through a proxy.
	if cfg.Production() && cfg.Secure() && len([]netip.Prefix(cfg.TrustedProxies)) == 0 {
		return errors.New("TRUSTED_PROXIES is empty, so that all clients share the proxy's IP address and its limits: name the network of the proxy that terminates TLS")
	}
	return nil
}
