//go:build !unix

package pgserver

import (
	"context"
	"errors"
)

// Server does not exist on this system.
type Server struct{}

type host struct{}

var errUnsupported = errors.New("the private PostgreSQL runs on Linux and macOS: set DATABASE_URL to a server, or use WSL")

// Start returns an error that names the alternatives.
func Start(context.Context, Config) (*Server, error) { return nil, errUnsupported }

// Join returns ErrNotRunning.
func Join(context.Context, string) (*URLs, error) { return nil, ErrNotRunning }

// URLs returns nothing.
func (*Server) URLs() URLs { return URLs{} }

// Done returns nil.
func (*Server) Done() <-chan struct{} { return nil }

// Stop does nothing.
func (*Server) Stop(context.Context) error { return nil }
