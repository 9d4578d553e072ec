package accounts

import (
	"context"

	"stoa/domain/audit"
	"stoa/domain/emailaddr"
	"stoa/domain/internal/userrow"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// ResendVerification sends the acting user another link that verifies their
// address, and voids the older one. It returns false when the address is verified
// already, and a TooMany fault for too many requests.
func (a *Accounts) ResendVerification(ctx context.Context, sc scope.Scope) (bool, error) {
	if sc.User.EmailVerified {
		return false, nil
	}
	email, err := emailaddr.Parse(sc.User.Email)
	if err != nil {
		return false, err
	}
	if err := a.limitEmail(ctx, sc, []byte(email.Mailbox())); err != nil {
		return false, err
	}
	err = a.DB.Tx(ctx, func(tx *pg.Tx) error {
		row, err := a.lock(ctx, tx, sc.User.ID)
		if err != nil {
			return err
		}
		user := userrow.User(row)
		return a.sendLink(ctx, tx, sc, onetime.VerifyEmail, user, user.Email)
	})
	return err == nil, err
}

// VerifyEmail uses a verification link and returns the user with the verified
// address; see LinkProof for the proof that it wants. For a link that does not work,
// see onetime.IsDead and onetime.AlreadyDone.
func (a *Accounts) VerifyEmail(ctx context.Context, sc scope.Scope, proof LinkProof) (scope.User, error) {
	owner, err := a.proveOwner(ctx, sc, onetime.VerifyEmail, proof)
	if err != nil {
		return scope.User{}, err
	}
	var user scope.User
	err = a.DB.Tx(ctx, func(tx *pg.Tx) error {
		link, row, err := a.consume(ctx, tx, sc, onetime.VerifyEmail, proof.Token, owner)
		if err != nil {
			return err
		}
		user = userrow.User(row)
		user.EmailVerified = true
		return a.verified(ctx, tx, sc, link.User)
	})
	return user, err
}

// verified stores and records that the user's address is verified, unless it was
// already.
func (a *Accounts) verified(ctx context.Context, tx *pg.Tx, sc scope.Scope, id scope.UserID) error {
	n, err := a.queries.UserVerify(ctx, tx, id.UUID)
	if err != nil || n == 0 {
		return err
	}
	return audit.Record(ctx, tx, sc, audit.Entry{Event: eventEmailVerified, User: id})
}
