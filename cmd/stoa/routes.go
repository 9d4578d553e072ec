package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"stoa/handlers"
)

type routes struct{}

// Run lists the routes of the site in the order in which a request is compared with
// them. Those for operators are missing: /health, /health/live and /metrics.
func (routes) Run() error {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, r := range handlers.Routes() {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", r.Method, r.Path, r.Group, r.Name())
	}
	return out.Flush()
}
