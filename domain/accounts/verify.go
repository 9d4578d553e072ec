package accounts

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/emailaddr"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// ResendVerification sends the acting person another link that verifies their
// address; the older one opens nothing from then on. It reports false when the
// address is verified already, and refuses too many with a TooMany fault.
func (a *Accounts) ResendVerification(ctx context.Context, sc scope.Scope) (bool, error) {
	if sc.User.EmailVerified {
		return false, nil
	}
	email, err := emailaddr.Parse(sc.User.Email)
	if err != nil {
		return false, err
	}
	if err := a.limitEmail(ctx, sc, []byte(email.Key())); err != nil {
		return false, err
	}
	err = a.db.Tx(ctx, func(tx *pg.Tx) error {
		user, err := a.lock(ctx, tx, sc.User.ID)
		if err != nil {
			return err
		}
		p := toUser(user)
		return a.sendLink(ctx, tx, sc, onetime.VerifyEmail, p, p.Email)
	})
	return err == nil, err
}

// VerifyEmail uses up a link of verification and returns whose address is
// verified by it. A link that opens nothing is refused: see links.IsDead.
// Nobody need be signed in, on no matter which device: what proves the address
// is that the link arrived there.
func (a *Accounts) VerifyEmail(ctx context.Context, sc scope.Scope, token string) (scope.User, error) {
	var p scope.User
	err := a.db.Tx(ctx, func(tx *pg.Tx) error {
		link, err := a.onetime.Consume(ctx, tx, onetime.VerifyEmail, token)
		if err != nil {
			return err
		}
		if err := a.verified(ctx, tx, sc, link.User); err != nil {
			return err
		}
		user, err := a.lock(ctx, tx, link.User)
		p = toUser(user)
		return err
	})
	return p, err
}

func (a *Accounts) verified(ctx context.Context, tx *pg.Tx, sc scope.Scope, id scope.UserID) error {
	n, err := a.queries.UserVerify(ctx, tx, id.UUID)
	if err != nil || n == 0 {
		return err
	}
	return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.EmailVerified, User: id})
}

// lock returns the account's row, which nobody else changes until the caller's
// transaction ends.
func (a *Accounts) lock(ctx context.Context, tx *pg.Tx, id scope.UserID) (db.User, error) {
	user, err := a.queries.UserLock(ctx, tx, id.UUID)
	if errors.Is(err, pgx.ErrNoRows) {
		return db.User{}, accountDeleted()
	}
	return user, err
}
