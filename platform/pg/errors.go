package pg

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// The conditions of PostgreSQL that this package names; see
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
const (
	classConnection   = "08"
	classResources    = "53" // disk full, out of memory, too many connections
	classIntervention = "57" // shutdown, crash, starting up, statement timeout
	classSystem       = "58" // input or output error of the server's disk

	codeForeignKey   = "23503"
	codeUnique       = "23505"
	codeNoTable      = "42P01"
	codeReadOnly     = "25006"
	codeIdleInTx     = "25P03"
	codeSerialize    = "40001"
	codeDeadlock     = "40P01"
	codeLockNotAvail = "55P03"
)

// Unavailable reports whether err means that the database could not do this
// now, and may do it later: it is away, starting, stopping, full or read-only,
// the pool is exhausted, or a deadline ended (of the request, a statement or a
// lock). Such a failure deserves a 503, not a 500. A context that somebody
// cancelled is not counted: nobody waits for that answer.
func Unavailable(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}
	var connect *pgconn.ConnectError
	var server *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, &connect):
		return true // whatever refused it: there is no database to be had
	case errors.As(err, &server):
		return isTransient(server.Code)
	}
	return errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, pgconn.ErrConnClosed)
}

// isTransient reports whether the condition may be gone when somebody tries again.
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

// Duplicate reports whether err is the violation of that unique constraint or
// unique index, or of any when constraint is empty.
func Duplicate(err error, constraint string) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == codeUnique &&
		(constraint == "" || server.ConstraintName == constraint)
}

// Orphan reports whether err is the violation of a foreign key: the row
// referred to is gone, or still referred to.
func Orphan(err error) bool { return hasCode(err, codeForeignKey) }

// hasCode reports whether PostgreSQL answered with that condition.
func hasCode(err error, code string) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == code
}
