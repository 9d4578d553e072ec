// Command clients runs one flow through each of two clients that are generated
// from openapi.yaml: register, sign in, read, refresh, list, export, sign out.
// TestGeneratedClients copies this module, adds openapi.yaml and builds it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

//go:generate go tool ogen -config ogen.yml -loglevel error -target ogenclient -package ogenclient -clean openapi.yaml
//go:generate mkdir -p oapiclient
//go:generate go tool oapi-codegen -generate types,client -package oapiclient -o oapiclient/client.go openapi.yaml

// flow has the server and the user of a run.
type flow struct {
	Client                string // ogen or oapi-codegen
	Server, Address       string // the URL; the IP address that a proxy would send
	Name, Email, Password string
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var f flow
	if err := json.NewDecoder(os.Stdin).Decode(&f); err != nil {
		return err
	}
	if f.Client == "ogen" {
		return f.ogen(ctx)
	}
	return f.oapiCodegen(ctx)
}

// http returns a client whose requests come from the IP address of the flow.
func (f flow) http() *http.Client {
	return &http.Client{Transport: from(f.Address)}
}

type from string

func (address from) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("X-Forwarded-For", string(address))
	return http.DefaultTransport.RoundTrip(req)
}
