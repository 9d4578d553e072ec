//go:build !unix

package pgtest

import (
	"context"
	"errors"

	"stoa/platform/pgserver"
)

func privateServer(context.Context) (*pgserver.URLs, error) {
	return nil, errors.New("set TEST_DATABASE_URL: the private PostgreSQL runs on Linux and macOS")
}
