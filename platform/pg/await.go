package pg

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// awaitPause is the time between two attempts to connect.
const awaitPause = time.Second

// Await connects with the URL until the server accepts a connection, at most for
// timeout. It calls waiting after an attempt that failed, at most once a second. It
// returns the error of the last attempt, and at once an error that no wait resolves:
// a malformed URL, a wrong password, an unknown role, database or parameter.
func Await(ctx context.Context, url string, timeout time.Duration, waiting func(error)) error {
	config, err := Config{URL: url}.pool() // with the parameters that a pooler accepts
	if err != nil {
		return err
	}
	deadline := time.Now().Add(timeout)
	for {
		conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
		if err == nil {
			return conn.Close(ctx)
		}
		if isRefused(err) || time.Until(deadline) < awaitPause {
			return err
		}
		waiting(err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(awaitPause):
		}
	}
}

// refusals are the classes and codes of errors with which a server refuses a
// connection for a reason that stays.
var refusals = []string{
	"28", "3D", // a wrong role, password or database
	"22", "42", codeFixedParam, // a parameter of the URL, or a missing right to connect
	codePooler,
}

// isRefused reports whether the server responded and refused the connection for a
// reason that stays.
func isRefused(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) &&
		slices.ContainsFunc(refusals, func(start string) bool { return strings.HasPrefix(server.Code, start) })
}
