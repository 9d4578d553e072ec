package accounts

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/emailaddr"
	"stoa/domain/internal/userrow"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// RequestReset requests a link that resets the password of the account with the
// email address. It returns an Invalid fault for text that is not an address, and
// a TooMany fault for too many requests.
//
// The call does the same for every address, with an account or without: it counts
// the request, and writes one row and one job. A worker looks up the account and
// sends the email. So neither the result nor the duration of the call depends on
// whether the address has an account (ASVS 6.3.8).
func (a *Accounts) RequestReset(ctx context.Context, sc scope.Scope, address string) error {
	email, err := emailaddr.Parse(address)
	if err != nil {
		return err
	}
	if err := a.limitEmail(ctx, sc, []byte(email.Mailbox())); err != nil {
		return err
	}
	return a.DB.Tx(ctx, func(tx *pg.Tx) error {
		id := uuid.Must(uuid.NewV7())
		err := a.queries.ResetRequestInsert(ctx, tx, db.ResetRequestInsertParams{
			ID: id, EmailKey: email.Key(), Device: sc.Request.Device, IP: sc.Request.Addr, RequestID: sc.Request.ID,
		})
		if err != nil {
			return err
		}
		return a.Jobs.Insert(ctx, tx, resetRequest{Request: id})
	})
}

// resetRequest is the job that answers a reset request.
type resetRequest struct {
	Request uuid.UUID `json:"request"`
}

// Kind is the job's name.
func (resetRequest) Kind() string { return "reset_request" }

// AnswerResetRequest sends a reset link to the account of the request, if there is
// one, and deletes the request. It returns nil for a request that is already
// deleted: a job may run twice.
func (a *Accounts) AnswerResetRequest(ctx context.Context, request uuid.UUID) error {
	return a.DB.Tx(ctx, func(tx *pg.Tx) error {
		asked, err := a.queries.ResetRequestTake(ctx, tx, request)
		if err != nil {
			return pg.NoRow(err, nil)
		}
		row, err := a.queries.UserCredentials(ctx, tx, asked.EmailKey)
		if err != nil {
			return pg.NoRow(err, nil)
		}
		if row.DisabledAt != nil {
			return nil
		}
		user := userrow.User(row)
		sc := scope.Scope{Request: scope.Request{ID: asked.RequestID, Addr: asked.IP, Device: asked.Device}}
		if err := a.sendLink(ctx, tx, sc, onetime.ResetPassword, user, user.Email); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: EventResetRequested, User: user.ID})
	})
}

// ExpireResetRequests deletes up to most reset requests that are older than a day,
// because their jobs were abandoned, and returns how many it deleted.
func (a *Accounts) ExpireResetRequests(ctx context.Context, most int32) (int64, error) {
	return a.queries.ResetRequestExpire(ctx, a.DB, most)
}

// PasswordReset is the result of a password reset.
type PasswordReset struct {
	User  scope.User
	Ended int // how many sign-ins ended
}

// ResetPassword sets the password of the account of a reset link, ends all its
// sign-ins, and voids its other reset links and a pending change of its email
// address. It returns an Invalid fault for a password that breaks the rules; the
// link then stays valid. For a link that does not work, see onetime.IsDead and
// onetime.AlreadyDone.
//
// It also verifies the address: the token is as hard to guess as the token of a
// verification link, and was sent to the same mailbox (NIST SP 800-63B-4, 4.2).
// It clears the count of wrong passwords, so that attempts of other clients
// cannot lock the user out after the reset.
func (a *Accounts) ResetPassword(ctx context.Context, sc scope.Scope, token, password string) (PasswordReset, error) {
	link, err := a.Onetime.Peek(ctx, onetime.ResetPassword, token)
	if err != nil {
		return PasswordReset{}, err
	}
	hashed, err := a.HashPassword(ctx, link.Email, password)
	if err != nil {
		return PasswordReset{}, err
	}
	var done PasswordReset
	err = a.DB.Tx(ctx, func(tx *pg.Tx) error {
		done, err = a.reset(ctx, tx, sc, token, hashed)
		return err
	})
	if err != nil {
		return PasswordReset{}, err
	}
	a.clearAttempts(ctx, link.Email)
	return done, nil
}

func (a *Accounts) reset(ctx context.Context, tx *pg.Tx, sc scope.Scope, token string, password HashedPassword) (PasswordReset, error) {
	// Consume comes first and locks the account: a concurrent sign-in with the old
	// password has then either opened a session that ends below, or finds another
	// hash.
	link, err := a.Onetime.Consume(ctx, tx, sc, onetime.ResetPassword, token)
	if err != nil {
		return PasswordReset{}, err
	}
	if err := a.verified(ctx, tx, sc, link.User); err != nil {
		return PasswordReset{}, err
	}
	if err := a.Onetime.Void(ctx, tx, link.User, uuid.Nil, onetime.VerifyEmail); err != nil {
		return PasswordReset{}, err
	}
	return a.ReplacePassword(ctx, tx, sc, link.User, password)
}

// clearAttempts clears the count of wrong passwords. It logs an error, because the
// password is set by then.
func (a *Accounts) clearAttempts(ctx context.Context, address string) {
	email, err := emailaddr.Parse(address)
	if err == nil {
		err = a.Limits.Clear(ctx, a.Attempts, a.attemptKey(email))
	}
	if err != nil {
		slog.WarnContext(ctx, "count of wrong passwords not cleared", "error", err)
	}
}
