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

// reachTimeout is how long a collector or tracker may take to answer at all.
const reachTimeout = 3 * time.Second

// checkObservability says who can look in, where to it is reported, and whose word
// on client addresses is believed.
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

// reachable asks the host of an address for anything. Its answer, which is of
// no interest, shows that it is there; the address may hold a key and is not
// sent.
func reachable(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("malformed address")
	}
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.Scheme+"://"+u.Host+"/", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%w: nothing will arrive there", err)
	}
	return res.Body.Close()
}

// checkProxies finds limits that would count all clients as one, or as whoever
// they say they are.
func checkProxies(cfg config.Config) error {
	for _, network := range cfg.TrustedProxies {
		if network.Bits() == 0 {
			return errors.New("TRUSTED_PROXIES believes everybody, so that anybody can write themselves a new address: name the proxy's network alone")
		}
	}
	// The program speaks no TLS: who reaches it by https does so by a proxy.
	if cfg.Production() && cfg.Secure() && len([]netip.Prefix(cfg.TrustedProxies)) == 0 {
		return errors.New("TRUSTED_PROXIES is empty, so that all clients share the proxy's address and its limits: name the network of the proxy that ends TLS")
	}
	return nil
}
