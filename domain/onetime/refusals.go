package onetime

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// Dead is the code of the field token for a link that does not work. The fault
// does not contain the reason, which would distinguish a used token from a
// guessed one.
const Dead = "link_dead"

const deadText = "This link no longer works. It was used, has run out, or a newer one took its place."

// dead returns the fault for every link that does not work.
func dead() error { return fault.InvalidField("token", Dead, deadText) }

// IsDead reports whether err is the fault of a link that does not work.
func IsDead(err error) bool {
	f := fault.As(err)
	return f != nil && len(f.Fields) == 1 && f.Fields[0].Code == Dead
}

// AlreadyDone is the cause of the fault of a link that has nothing left to do: the
// account has the email address already. The link was sent to that address, so the
// fault may contain it.
type AlreadyDone struct {
	Purpose Purpose
	Email   string // of the account, and of the link
}

// Error returns the purpose. The email address must not get into the log.
func (d *AlreadyDone) Error() string { return "already done: " + string(d.Purpose) }

// done are the codes of the field token for a link that has nothing left to do, and
// their sentences with the email address.
var done = map[Purpose]struct{ code, text string }{
	VerifyEmail:  {"already_verified", "Your email address %s is already verified."},
	ConfirmEmail: {"already_changed", "Your email address is now %s."},
	UndoEmail:    {"already_undone", "Your email address is %s. There is no change to undo."},
}

// Fault returns the Invalid fault of the field token, with d as its cause.
func (d *AlreadyDone) Fault() error {
	f := fault.InvalidField("token", done[d.Purpose].code, fmt.Sprintf(done[d.Purpose].text, d.Email))
	f.Message, f.Err = f.Fields[0].Message, d
	return f
}

// linkOrRefusal returns the link of a row. Without one it returns the fault of
// AlreadyDone when the account is as the link would have made it, and otherwise the
// fault Dead.
func (l *Links) linkOrRefusal(ctx context.Context, conn db.DBTX, row db.Link, err error, hash []byte, purpose Purpose) (Link, error) {
	if !errors.Is(err, pgx.ErrNoRows) {
		return toLink(row), err
	}
	if purpose != VerifyEmail && purpose != ConfirmEmail {
		return Link{}, dead()
	}
	email, err := l.queries.LinkDone(ctx, conn, db.LinkDoneParams{TokenHash: hash, Purpose: string(purpose)})
	if err != nil {
		return Link{}, pg.NoRow(err, dead())
	}
	return Link{}, (&AlreadyDone{purpose, email}).Fault()
}
