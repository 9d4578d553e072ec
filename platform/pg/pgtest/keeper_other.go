//go:build !unix

package pgtest

import (
	"context"
	"errors"

	"stoa/platform/pg/server"
)

func privateServer(context.Context) (*server.URLs, error) {
	return nil, errors.New("set TEST_DATABASE_URL: the private PostgreSQL runs on Linux and macOS")
}
