package pg

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// PostgreSQL's error codes; see
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
const (
	classConnection   = "08"
	classResources    = "53" // disk full, out of memory, too many connections
	classIntervention = "57" // shutdown, crash, starting up, statement timeout
	classSystem       = "58" // I/O error of the server's disk

	codeForeignKey   = "23503"
	codeUnique       = "23505"
	codeNoTable      = "42P01"
	codeReadOnly     = "25006"
	codeIdleInTx     = "25P03"
	codeFixedParam   = "55P02" // a session cannot set it
	codeNoParam      = "42704"
	codeSyntax       = "42601"
	codeParamValue   = "22023"
	codePooler       = "08P01" // with which PgBouncer refuses a parameter
	codeSerialize    = "40001"
	codeDeadlock     = "40P01"
	codeLockNotAvail = "55P03"
)

// Unavailable reports whether err is a temporary failure of the database: it is
// down, starting, stopping, full or read-only, the pool is exhausted, or a timeout
// (of the request, a statement or a lock) expired. The response to such a failure is
// 503, not 500. A cancelled context does not count, because no client waits for
// the response.
func Unavailable(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}
	var connect *pgconn.ConnectError
	var server *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, &connect):
		return true // the database is unreachable, whatever the reason
	case errors.As(err, &server):
		return isTransient(server.Code)
	}
	return errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, pgconn.ErrConnClosed)
}

// isTransient reports whether a retry may succeed after an error of that code.
func isTransient(code string) bool {
	for _, class := range []string{classConnection, classResources, classIntervention, classSystem} {
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	switch code {
	case codeReadOnly, codeIdleInTx, codeSerialize, codeDeadlock, codeLockNotAvail:
		return true
	}
	return false
}

// NoRow returns instead in place of the error of a query without a row, and any other
// err unchanged: pg.NoRow(err, fault.NoSuch("bookmark")).
func NoRow(err, instead error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return instead
	}
	return err
}

// Duplicate reports whether err is a violation of that unique constraint or unique
// index, or of any when constraint is empty.
func Duplicate(err error, constraint string) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == codeUnique &&
		(constraint == "" || server.ConstraintName == constraint)
}

// UserDeleted reports whether err says that a new row belongs to no user: the user was
// deleted after the request was authenticated.
func UserDeleted(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == codeForeignKey && strings.HasSuffix(server.ConstraintName, "_user_id_fkey")
}

// hasCode reports whether err is PostgreSQL's error of that code.
func hasCode(err error, code string) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == code
}
