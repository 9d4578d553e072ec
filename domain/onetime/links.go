// Package links makes the one-time links that mail carries: each for one
// purpose, one account and the very address it is sent to, good once and for
// a limited time (ASVS 6.4.1, 7.2.3; NIST SP 800-63B-4, 3.1.3).
package onetime

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/platform/fault"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// Purpose is what a link is good for, and nothing else.
type Purpose string

// The purposes.
const (
	VerifyEmail   Purpose = "verify_email"   // the address is its owner's
	ResetPassword Purpose = "reset_password" // a new password without the old one
	ConfirmEmail  Purpose = "email_confirm"  // the new address, as its owner says
	UndoEmail     Purpose = "email_undo"     // back to the address before
)

// lifetimes are how long a link of each purpose is good.
var lifetimes = map[Purpose]time.Duration{
	VerifyEmail:   24 * time.Hour,
	ResetPassword: time.Hour,
	ConfirmEmail:  24 * time.Hour,
	UndoEmail:     7 * 24 * time.Hour,
}

// Lifetime returns how long a link of the purpose is good.
func Lifetime(p Purpose) time.Duration { return lifetimes[p] }

// keep is how long a link that has run out is still listed to its owner.
const keep = 30 * 24 * time.Hour

// paths are the pages that the links open.
var paths = map[Purpose]string{
	VerifyEmail:   "/verify-email",
	ResetPassword: "/reset-password",
	ConfirmEmail:  "/settings/email/confirm",
	UndoEmail:     "/settings/email/undo",
}

// tokenPurpose separates the tokens from everything else that keys make.
const tokenPurpose = "one-time-link"

// Links issues and uses one-time links.
type Links struct {
	db      *pg.DB
	queries *db.Queries
	keys    *secret.Keys
	base    string
}

// New returns links below base, the public address of the site.
func New(conn *pg.DB, keys *secret.Keys, base string) *Links {
	return &Links{db: conn, queries: db.New(), keys: keys, base: base}
}

// Link is one of them. It does not know its token.
type Link struct {
	ID        uuid.UUID
	Purpose   Purpose
	User      scope.UserID
	Email     string // the address that it was sent to
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
	VoidedAt  *time.Time
}

// Issue makes a link in the caller's transaction and voids the older ones of
// its purpose and account: what was sent last counts. Only what undoes a change
// stays beside a newer one, or whoever took an account over would take the undo
// away from its owner by changing the address once more. The account's row is
// locked from here on, so that of two at once one is the newer.
//
// The token is a MAC of the link's id: it can be made again when the mail is
// sent, and so stands in no table and in no job.
func (l *Links) Issue(ctx context.Context, tx *pg.Tx, purpose Purpose, user scope.UserID, email string) (Link, error) {
	return l.issue(ctx, tx, purpose, user, email, nil)
}

// IssueReserving is Issue for an address that nobody else may take while the link
// lives; key is what is the same for every spelling of it.
func (l *Links) IssueReserving(ctx context.Context, tx *pg.Tx, purpose Purpose, user scope.UserID, email, key string) (Link, error) {
	return l.issue(ctx, tx, purpose, user, email, &key)
}

func (l *Links) issue(ctx context.Context, tx *pg.Tx, purpose Purpose, user scope.UserID, email string, held *string) (Link, error) {
	if err := l.queries.LinkOwnerLock(ctx, tx, user.UUID); err != nil {
		return Link{}, err
	}
	if purpose != UndoEmail {
		if err := l.Void(ctx, tx, user, uuid.Nil, purpose); err != nil {
			return Link{}, err
		}
	}
	id := uuid.Must(uuid.NewV7())
	row, err := l.queries.LinkInsert(ctx, tx, db.LinkInsertParams{
		ID: id, Purpose: string(purpose), UserID: user.UUID, Email: email, HeldKey: held,
		TokenHash: secret.HashToken(l.Token(Link{ID: id})), Lifetime: lifetimes[purpose],
	})
	return toLink(row), err
}

// Void takes back the account's unused links of the purposes, in the caller's
// transaction: those made since the link of that id, or all with a zero one.
func (l *Links) Void(ctx context.Context, tx *pg.Tx, user scope.UserID, since uuid.UUID, purposes ...Purpose) error {
	names := make([]string, len(purposes))
	for i, p := range purposes {
		names[i] = string(p)
	}
	return l.queries.LinkVoid(ctx, tx, db.LinkVoidParams{UserID: user.UUID, Purposes: names, Since: since})
}

// Peek returns the live link of a token and changes nothing: pages are opened
// by mail scanners too. It refuses one that has run out, was used or voided, is
// of another purpose, or whose account has another address now or is disabled,
// all alike, as Dead.
func (l *Links) Peek(ctx context.Context, purpose Purpose, token string) (Link, error) {
	row, err := l.queries.LinkLive(ctx, l.db, db.LinkLiveParams{
		TokenHash: secret.HashToken(token), Purpose: string(purpose), CurrentAddress: purpose.requiresCurrentEmail(),
	})
	return linkOrDead(row, err)
}

// Consume uses a link up in the caller's transaction, which holds the account's row
// from then on. It refuses as Peek does. Of any number at once one succeeds.
func (l *Links) Consume(ctx context.Context, tx *pg.Tx, purpose Purpose, token string) (Link, error) {
	hash := secret.HashToken(token)
	_, err := l.queries.LinkOwnerLockByToken(ctx, tx, db.LinkOwnerLockByTokenParams{TokenHash: hash, Purpose: string(purpose)})
	if errors.Is(err, pgx.ErrNoRows) {
		return Link{}, dead()
	}
	if err != nil {
		return Link{}, err
	}
	row, err := l.queries.LinkUse(ctx, tx, db.LinkUseParams{
		TokenHash: hash, Purpose: string(purpose), CurrentAddress: purpose.requiresCurrentEmail(),
	})
	return linkOrDead(row, err)
}

// requiresCurrentEmail reports whether the link's address must be the account's own. The two
// of a change of address are about one that is not, or may not be any more.
func (p Purpose) requiresCurrentEmail() bool { return p == VerifyEmail || p == ResetPassword }

// Pending returns the account's newest live link of the purpose; false when
// there is none.
func (l *Links) Pending(ctx context.Context, purpose Purpose, user scope.UserID) (Link, bool, error) {
	row, err := l.queries.LinkPending(ctx, l.db, db.LinkPendingParams{UserID: user.UUID, Purpose: string(purpose)})
	if errors.Is(err, pgx.ErrNoRows) {
		return Link{}, false, nil
	}
	return toLink(row), err == nil, err
}

// ReservedEmail reports whether somebody but the user may still return to the address
// with that key. Asked in the transaction that takes the address, after it has
// been taken: whoever left it has then made the link that holds it.
func (l *Links) ReservedEmail(ctx context.Context, tx *pg.Tx, key string, user scope.UserID) (bool, error) {
	return l.queries.LinkHolds(ctx, tx, db.LinkHoldsParams{HeldKey: &key, UserID: user.UUID})
}

// List returns the first thousand links that an account was sent, oldest first.
func (l *Links) List(ctx context.Context, tx *pg.Tx, user scope.UserID) ([]Link, error) {
	rows, err := l.queries.LinkPage(ctx, tx, user.UUID)
	list := make([]Link, len(rows))
	for i, row := range rows {
		list[i] = toLink(row)
	}
	return list, err
}

// Expire deletes links that ran out a month ago, at most so many, and returns how
// many it deleted.
func (l *Links) Expire(ctx context.Context, most int32) (int64, error) {
	return l.queries.LinkExpire(ctx, l.db, db.LinkExpireParams{Keep: keep, Most: most})
}

// URL returns the address that a link opens, and whether it still does: when
// not, there is nothing to send. Both keys are asked, so that a link made just
// before the key was changed can still be sent. That no key makes a link which
// is alive is an error: this program has another key than the one that issued
// it, and what is to be sent must wait.
func (l *Links) URL(ctx context.Context, id uuid.UUID) (string, bool, error) {
	row, err := l.queries.LinkByID(ctx, l.db, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	if err != nil || !row.Live {
		return "", false, err
	}
	for _, mac := range l.keys.SignAll(tokenPurpose, id[:]) {
		if token := encode(mac); string(secret.HashToken(token)) == string(row.TokenHash) {
			return l.base + Path(Purpose(row.Purpose), token), true, nil
		}
	}
	return "", false, fmt.Errorf("links: link %s was made with another SECRET_KEY", id)
}

// Token returns the token of a link that this program has just issued.
func (l *Links) Token(link Link) string { return encode(l.keys.Sign(tokenPurpose, link.ID[:])) }

// Path returns the page that the token of a link opens.
func Path(purpose Purpose, token string) string {
	return paths[purpose] + "?token=" + url.QueryEscape(token)
}

func encode(mac []byte) string { return base64.RawURLEncoding.EncodeToString(mac) }

func toLink(row db.Link) Link {
	return Link{
		ID: row.ID, Purpose: Purpose(row.Purpose), User: scope.UserID{UUID: row.UserID}, Email: row.Email,
		CreatedAt: row.CreatedAt, ExpiresAt: row.ExpiresAt, UsedAt: row.UsedAt, VoidedAt: row.VoidedAt,
	}
}

func linkOrDead(row db.Link, err error) (Link, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return Link{}, dead()
	}
	return toLink(row), err
}

// dead is the one refusal of every link that opens nothing.
func dead() error { return fault.InvalidField("token", Dead, deadText) }

// Dead is the code of the refused token of a link that opens nothing (any
// more). Why is not said: it would tell a guess from a used one.
const Dead = "link_dead"

const deadText = "This link no longer works. It was used, has run out, or a newer one took its place."

// IsDead reports whether err refuses a link.
func IsDead(err error) bool {
	f := fault.As(err)
	return f != nil && len(f.Fields) == 1 && f.Fields[0].Code == Dead
}
