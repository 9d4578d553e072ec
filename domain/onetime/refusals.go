package onetime

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/scope"
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

// AlreadyDone is the cause of the fault of a link that has nothing left to do: it was
// used to set a password or disowned, or the account has its email address. The link was
// sent to that address, so the fault may contain it. It contains nothing that the account
// got after the link.
type AlreadyDone struct {
	Link
	Disowned bool // by "This was not me"; the link has then only its purpose
	Deleted  bool // the account, because of that
}

// Error returns the purpose. The email address must not get into the log.
func (d *AlreadyDone) Error() string { return "already done: " + string(d.Purpose) }

// done are the codes of the field token for a link that has nothing left to do, and
// their sentences with the email address.
var done = map[Purpose]struct{ code, text string }{
	VerifyEmail:   {"already_verified", "The email address %s is already verified."},
	ResetPassword: {"already_reset", "The password of %s was set with this link."},
	ConfirmEmail:  {"already_changed", "Your email address is now %s."},
	UndoEmail:     {"already_undone", "Your email address is %s. There is no change to undo."},
}

// Fault returns the Invalid fault of the field token, with d as its cause.
func (d *AlreadyDone) Fault() error {
	code, text := done[d.Purpose].code, fmt.Sprintf(done[d.Purpose].text, d.Email)
	switch {
	case d.Deleted:
		code, text = "disowned", "The account of this link is deleted."
	case d.Disowned:
		code, text = "disowned", "The change of this link is cancelled."
	}
	f := fault.InvalidField("token", code, text)
	f.Message, f.Err = text, d
	return f
}

// Repeated returns the cause of err when the form of the request has used the link within
// the last minute. The form has a token that no other page has, so this is the browser
// that has used the link, and it may get the same response again.
func Repeated(err error, sc scope.Scope) (*AlreadyDone, bool) {
	var d *AlreadyDone
	if !errors.As(err, &d) || d.UsedAt == nil || sc.Request.Form == "" {
		return nil, false
	}
	return d, d.usedBy == sc.Request.Form && time.Since(*d.UsedAt) < scope.RepeatedWithin
}

// linkOrRefusal returns the link of a row. Without one it returns the fault of
// AlreadyDone when the link has nothing left to do, and otherwise the fault Dead.
func (l *Links) linkOrRefusal(ctx context.Context, conn db.DBTX, row db.Link, err error, hash []byte, purpose Purpose) (Link, error) {
	if !errors.Is(err, pgx.ErrNoRows) {
		return toLink(row), err
	}
	row, err = l.queries.LinkDone(ctx, conn, db.LinkDoneParams{TokenHash: hash, Purpose: string(purpose)})
	if err == nil {
		return Link{}, (&AlreadyDone{Link: toLink(row)}).Fault()
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return Link{}, err
	}
	deleted, err := l.queries.LinkDisowned(ctx, conn, db.LinkDisownedParams{TokenHash: hash, Purpose: string(purpose)})
	if err != nil {
		return Link{}, pg.NoRow(err, dead())
	}
	return Link{}, (&AlreadyDone{Link: Link{Purpose: purpose}, Disowned: true, Deleted: deleted}).Fault()
}
