package accounts

import (
	"context"
	"errors"
	"log/slog"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/emailaddr"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// RequestReset notes that somebody says they forgot the password of an
// account. It refuses what is no address, and too many with a TooMany fault.
//
// The request does the same for every address, taken or not: it counts, writes
// one row and one job. Looking whether there is such an account, and writing to
// its owner, is the worker's: neither the answer nor the time it takes says
// anything about the address (ASVS 6.3.8).
func (a *Accounts) RequestReset(ctx context.Context, sc scope.Scope, address string) error {
	email, err := emailaddr.Parse(address)
	if err != nil {
		return err
	}
	if err := a.limitEmail(ctx, sc, []byte(email.Key())); err != nil {
		return err
	}
	return a.db.Tx(ctx, func(tx *pg.Tx) error {
		id := uuid.Must(uuid.NewV7())
		err := a.queries.ResetRequestInsert(ctx, tx, db.ResetRequestInsertParams{
			ID: id, EmailKey: email.Key(), Device: sc.Request.Device, IP: sc.Request.Addr, RequestID: sc.Request.ID,
		})
		if err != nil {
			return err
		}
		return a.jobs.Insert(ctx, tx, resetRequest{Request: id})
	})
}

// resetRequest is the job that answers a request.
type resetRequest struct {
	Request uuid.UUID `json:"request"`
}

// Kind is the job's name.
func (resetRequest) Kind() string { return "reset_request" }

// AnswerResetRequest sends a link to whoever the request names, if that is anybody,
// and forgets the request. One that was answered is no error: a worker may be
// told twice.
func (a *Accounts) AnswerResetRequest(ctx context.Context, request uuid.UUID) error {
	return a.db.Tx(ctx, func(tx *pg.Tx) error {
		asked, err := a.queries.ResetRequestTake(ctx, tx, request)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		user, err := a.queries.UserCredentials(ctx, tx, asked.EmailKey)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && user.DisabledAt != nil {
			return nil
		}
		if err != nil {
			return err
		}
		p := toUser(user)
		sc := scope.Scope{Request: scope.Request{ID: asked.RequestID, Addr: asked.IP, Device: asked.Device}}
		if err := a.sendLink(ctx, tx, sc, onetime.ResetPassword, p, p.Email); err != nil {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: audit.ResetRequested, User: p.ID})
	})
}

// ExpireResetRequests deletes requests of more than a day ago, at most so many,
// whose job was given up, and returns how many it deleted.
func (a *Accounts) ExpireResetRequests(ctx context.Context, most int32) (int64, error) {
	return a.queries.ResetRequestExpire(ctx, a.db, most)
}

// PasswordReset is what a reset did.
type PasswordReset struct {
	User  scope.User
	Ended int // sign-ins that ended
}

// ResetPassword sets the password of the account that a link was sent for, and
// ends all its sign-ins, its other reset links and a change of address that
// waits. A password against the rules is refused and leaves the link as it is; a
// link that opens nothing is refused: see links.IsDead.
//
// It verifies the address too: the link is as hard to guess as one of
// verification and went to the same mailbox (NIST SP 800-63B-4, 4.2). And its
// owner starts with no wrong guesses counted, so that strangers who guess
// cannot keep them out.
func (a *Accounts) ResetPassword(ctx context.Context, sc scope.Scope, token, password string) (PasswordReset, error) {
	link, err := a.onetime.Peek(ctx, onetime.ResetPassword, token)
	if err != nil {
		return PasswordReset{}, err
	}
	email, err := emailaddr.Parse(link.Email)
	if err != nil {
		return PasswordReset{}, err
	}
	if err := a.rules.Check(password, email); err != nil {
		return PasswordReset{}, err
	}
	hash, err := a.hasher.Hash(ctx, password)
	if err != nil {
		return PasswordReset{}, err
	}
	var done PasswordReset
	err = a.db.Tx(ctx, func(tx *pg.Tx) error {
		done, err = a.reset(ctx, tx, sc, token, hash)
		return err
	})
	if err != nil {
		return PasswordReset{}, err
	}
	if err := a.limits.Clear(ctx, a.attempts, a.attemptKey(email)); err != nil { // the password is set all the same
		slog.WarnContext(ctx, "wrong guesses are not forgotten", "error", err)
	}
	return done, nil
}

func (a *Accounts) reset(ctx context.Context, tx *pg.Tx, sc scope.Scope, token, hash string) (done PasswordReset, err error) {
	// The link first: it holds the account, so that a sign-in under way with the
	// old password has either opened what is ended here, or finds another hash.
	link, err := a.onetime.Consume(ctx, tx, onetime.ResetPassword, token)
	if err != nil {
		return done, err
	}
	if err := a.verified(ctx, tx, sc, link.User); err != nil {
		return done, err
	}
	user, err := a.queries.UserPasswordReset(ctx, tx, db.UserPasswordResetParams{ID: link.User.UUID, PasswordHash: hash})
	if err != nil {
		return done, err
	}
	done.User = toUser(user)
	if done.Ended, err = a.sessions.EndAll(ctx, tx, sc, link.User, scope.SessionID{}); err != nil {
		return done, err
	}
	if err := a.onetime.Void(ctx, tx, link.User, uuid.Nil, onetime.VerifyEmail); err != nil {
		return done, err
	}
	return done, a.passwordChanged(ctx, tx, sc, done.User)
}
