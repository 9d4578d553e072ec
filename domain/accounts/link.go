package accounts

import (
	"context"
	"net/netip"

	"github.com/go-json-experiment/json/v1"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/internal/userrow"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// LinkProof is what a client proves with a link that verifies an email address.
//
// A link proves access to a mailbox, not who the user is: by a click alone, the owner
// of a mailbox would verify the account that another user made with their address. So
// the link counts only for the acting user of its account, or with the password of the
// account.
type LinkProof struct {
	Token    string
	Password string // not needed when the acting user has the account
}

// proveOwner checks that the client is the user of the link's account. It returns the
// zero Reauthenticated for the acting user, the faults of onetime.Peek, and those of
// Reauthenticate in the field password. A refused link stays valid.
func (a *Accounts) proveOwner(ctx context.Context, sc scope.Scope, purpose onetime.Purpose, proof LinkProof) (Reauthenticated, error) {
	link, err := a.Onetime.Peek(ctx, purpose, proof.Token)
	if err != nil {
		return Reauthenticated{}, err
	}
	if sc.User != nil && sc.User.ID == link.User {
		return Reauthenticated{}, nil
	}
	return a.checkPassword(ctx, sc, link.User, "", "password", proof.Password)
}

// consume uses the link, locks its user's row and returns both. It refuses when the
// password was changed after proveOwner.
func (a *Accounts) consume(ctx context.Context, tx *pg.Tx, sc scope.Scope, purpose onetime.Purpose, token string, owner Reauthenticated) (onetime.Link, db.User, error) {
	link, err := a.Onetime.Consume(ctx, tx, sc, purpose, token)
	if err != nil {
		return onetime.Link{}, db.User{}, err
	}
	row, err := a.lock(ctx, tx, link.User)
	if err == nil && owner.hash != "" && owner.hash != row.PasswordHash {
		err = changedMeanwhile(owner.field)
	}
	return link, row, err
}

// OpenedLink is a live link with the account that its page names.
type OpenedLink struct {
	onetime.Link
	Account scope.User
	IP      *netip.Addr // of the registration; nil when its audit entry has expired
	Device  string      // of the registration, or ""
}

// Changed reports whether the account has another email address than the link.
func (l OpenedLink) Changed() bool { return l.Account.Email != l.Email }

// OpenLink returns the link of a token and changes nothing. It returns the faults of
// onetime.Peek. For an undo of a change that is neither pending nor made, it returns
// the fault of onetime.AlreadyDone.
func (a *Accounts) OpenLink(ctx context.Context, purpose onetime.Purpose, token string) (OpenedLink, error) {
	link, err := a.Onetime.Peek(ctx, purpose, token)
	if err != nil {
		return OpenedLink{}, err
	}
	row, err := a.queries.UserByID(ctx, a.DB, link.User.UUID)
	if err != nil {
		return OpenedLink{}, pg.NoRow(err, Deleted())
	}
	opened := OpenedLink{Link: link, Account: userrow.User(row)}
	if purpose == onetime.UndoEmail {
		return opened, a.checkUndo(ctx, opened)
	}
	registered, ok, err := audit.First(ctx, a.DB, link.User, eventRegistered)
	if err != nil || !ok {
		return opened, err
	}
	var detail map[string]string
	opened.IP, err = registered.IP, json.Unmarshal(registered.Detail, &detail)
	opened.Device = detail[audit.Device]
	return opened, err
}

func (a *Accounts) checkUndo(ctx context.Context, opened OpenedLink) error {
	if opened.Changed() {
		return nil
	}
	_, pending, err := a.Onetime.Pending(ctx, onetime.ConfirmEmail, opened.User)
	if err == nil && !pending {
		err = (&onetime.AlreadyDone{Link: opened.Link}).Fault()
	}
	return err
}

// Disown uses a link that verifies an email address, for an owner of the mailbox who
// does not have the account. It locks the row of the account's user and returns the user.
// The caller deletes an account that was never verified. A verified account only loses the
// link: its user may have mistyped the new address. A link that was disowned before
// returns the fault of onetime.AlreadyDone.
func (a *Accounts) Disown(ctx context.Context, tx *pg.Tx, sc scope.Scope, purpose onetime.Purpose, token string) (scope.User, error) {
	link, row, err := a.consume(ctx, tx, sc, purpose, token, Reauthenticated{})
	if err != nil {
		return scope.User{}, err
	}
	user := userrow.User(row)
	if err := a.Onetime.Disown(ctx, tx, link, token, !user.EmailVerified); err != nil {
		return scope.User{}, err
	}
	return user, audit.Record(ctx, tx, sc, audit.Entry{Event: eventEmailDisowned, User: user.ID})
}
