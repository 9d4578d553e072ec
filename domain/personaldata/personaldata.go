package accounts

import (
	"context"

	"stoa/domain/audit"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/platform/pg"
)

// maxEvents bounds what one export takes of the database and of memory: some
// megabytes. Older events are left out, and the file says so.
const maxEvents = 20_000

// Export is everything that is kept about somebody, without what would open
// their account.
type Export struct {
	User     scope.User
	SignIns  []sessions.Listed
	Links    []onetime.Link
	Emails   []mailer.Listed
	Events   []audit.Seen // newest first
	Complete bool         // no older events were left out
}

// Export returns what is kept about the acting person, after their password,
// which the caller's form names field.
func (a *Accounts) Export(ctx context.Context, sc scope.Scope, field, password string) (Export, error) {
	user, err := a.Reauthenticate(ctx, sc, field, password)
	if err != nil {
		return Export{}, err
	}
	e := Export{User: toUser(user)}
	if e.SignIns, err = a.sessions.List(ctx, sc); err != nil {
		return Export{}, err
	}
	err = a.db.Tx(ctx, func(tx *pg.Tx) error {
		if e.Links, err = a.onetime.List(ctx, tx, sc.User.ID); err != nil {
			return err
		}
		if e.Emails, err = a.mailer.List(ctx, tx, sc.User.ID); err != nil {
			return err
		}
		if e.Events, err = audit.Newest(ctx, tx, sc.User.ID, maxEvents); err != nil {
			return err
		}
		e.Complete = len(e.Events) < maxEvents
		return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.UserExported, User: sc.User.ID})
	})
	return e, err
}
