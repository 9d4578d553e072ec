// Package onetime issues the one-time links in emails. A link is for one purpose,
// one account and the email address that it is sent to. It works once and for a
// limited time (ASVS 6.4.1, 7.2.3; NIST SP 800-63B-4, 3.1.3).
package onetime

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/domain/userdata"
	"stoa/platform/convert"
	"stoa/platform/jobs"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// Purpose is the only thing that a link can be used for.
type Purpose string

// The purposes.
const (
	VerifyEmail   Purpose = "verify_email"   // prove that the user reads the address
	ResetPassword Purpose = "reset_password" // set a password without the old one
	ConfirmEmail  Purpose = "email_confirm"  // change to the new address
	UndoEmail     Purpose = "email_undo"     // return to the address before a change
)

// lifetimes are how long a link of each purpose works.
var lifetimes = map[Purpose]time.Duration{
	VerifyEmail:   24 * time.Hour,
	ResetPassword: time.Hour,
	ConfirmEmail:  24 * time.Hour,
	UndoEmail:     7 * 24 * time.Hour,
}

// Lifetime returns how long a link of the purpose works.
func Lifetime(p Purpose) time.Duration { return lifetimes[p] }

// retention is how long an expired link is still listed to its user.
const retention = 30 * 24 * time.Hour

// paths are the paths of the pages that use the links.
var paths = map[Purpose]string{
	VerifyEmail:   "/verify-email",
	ResetPassword: "/reset-password",
	ConfirmEmail:  "/settings/email/confirm",
	UndoEmail:     "/settings/email/undo",
}

// tokenPurpose separates the tokens from all other uses of the keys.
const tokenPurpose = "one-time-link"

// Config has the dependencies of Links.
type Config struct {
	DB       *pg.DB
	Jobs     *jobs.Jobs
	UserData *userdata.Parts
	Keys     *secret.Keys
	Base     string // the public URL of the site
}

// Links issues and uses one-time links.
type Links struct {
	Config
	queries *db.Queries
}

// New returns Links. It registers the sweep of expired links, and the part
// of a user's data.
func New(c Config) *Links {
	l := &Links{Config: c, queries: db.New()}
	c.Jobs.Sweep(jobs.SixHourly,
		jobs.Sweep{What: "links", Delete: l.Expire},
		jobs.Sweep{What: "disowned_links", Delete: l.ExpireDisowned})
	c.UserData.Add(userdata.Part{Name: "links", Shown: "the links that were sent to you", Tables: []string{"links"}, Export: l.Export})
	return l
}

// Link is a one-time link without its token.
type Link struct {
	ID        uuid.UUID
	Purpose   Purpose
	User      scope.UserID
	Email     string // the email address that it was sent to
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
	VoidedAt  *time.Time

	usedBy string // the Form of the request that used it

	// Undelivered says that the email with the link did not arrive. Only Pending sets it.
	Undelivered bool
}

// Issue makes a link in the caller's transaction and voids the older links of its
// purpose and account, so that only the newest works. An UndoEmail link stays
// valid beside a newer one: otherwise an attacker who took the account over could
// void the user's link by changing the address again. Issue locks the user's row,
// so that one of two concurrent links is the newer.
//
// The token is a MAC of the link's id. It is computed again when the email is
// sent, so no table and no job contains it.
func (l *Links) Issue(ctx context.Context, tx *pg.Tx, purpose Purpose, user scope.UserID, email string) (Link, error) {
	return l.issue(ctx, tx, purpose, user, email, nil)
}

// IssueReserving is Issue for an address that no other account may take while the
// link works. key is the Key of the address.
func (l *Links) IssueReserving(ctx context.Context, tx *pg.Tx, purpose Purpose, user scope.UserID, email, key string) (Link, error) {
	return l.issue(ctx, tx, purpose, user, email, &key)
}

func (l *Links) issue(ctx context.Context, tx *pg.Tx, purpose Purpose, user scope.UserID, email string, reserved *string) (Link, error) {
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
		ID: id, Purpose: string(purpose), UserID: user.UUID, Email: email, HeldKey: reserved,
		TokenHash: secret.HashToken(l.Token(Link{ID: id})), Lifetime: lifetimes[purpose],
	})
	return toLink(row), err
}

// Void voids the account's unused links of the purposes in the caller's
// transaction: the links made since the link with the id since, or all links for
// a zero id.
func (l *Links) Void(ctx context.Context, tx *pg.Tx, user scope.UserID, since uuid.UUID, purposes ...Purpose) error {
	names := make([]string, len(purposes))
	for i, p := range purposes {
		names[i] = string(p)
	}
	return l.queries.LinkVoid(ctx, tx, db.LinkVoidParams{UserID: user.UUID, Purposes: names, Since: since})
}

// Cancel voids the account's live link of the purpose in the caller's transaction,
// and returns it, or false when there is none.
func (l *Links) Cancel(ctx context.Context, tx *pg.Tx, purpose Purpose, user scope.UserID) (Link, bool, error) {
	row, err := l.queries.LinkCancel(ctx, tx, db.LinkCancelParams{UserID: user.UUID, Purpose: string(purpose)})
	if errors.Is(err, pgx.ErrNoRows) {
		return Link{}, false, nil
	}
	return toLink(row), err == nil, err
}

// Peek returns the live link of a token and changes nothing, because mail scanners
// open pages too. It returns the same fault, with the code Dead, for a link that
// has expired, was used or voided, is for another purpose, or belongs to an account
// that is disabled or has another address now. When the link has nothing left to do, it
// returns the fault of AlreadyDone.
func (l *Links) Peek(ctx context.Context, purpose Purpose, token string) (Link, error) {
	hash := secret.HashToken(Trim(token))
	row, err := l.queries.LinkLive(ctx, l.DB, db.LinkLiveParams{
		TokenHash: hash, Purpose: string(purpose), CurrentAddress: purpose.requiresCurrentEmail(),
	})
	return l.linkOrRefusal(ctx, l.DB, row, err, hash, purpose)
}

// Consume uses a link in the caller's transaction and locks the user's row. It
// returns the same faults as Peek. Only one of several concurrent calls succeeds.
func (l *Links) Consume(ctx context.Context, tx *pg.Tx, sc scope.Scope, purpose Purpose, token string) (Link, error) {
	hash := secret.HashToken(Trim(token))
	_, err := l.queries.LinkOwnerLockByToken(ctx, tx, db.LinkOwnerLockByTokenParams{TokenHash: hash, Purpose: string(purpose)})
	if err != nil {
		return l.linkOrRefusal(ctx, tx, db.Link{}, err, hash, purpose)
	}
	row, err := l.queries.LinkUse(ctx, tx, db.LinkUseParams{
		TokenHash: hash, Purpose: string(purpose), CurrentAddress: purpose.requiresCurrentEmail(), UsedBy: &sc.Request.Form,
	})
	return l.linkOrRefusal(ctx, tx, row, err, hash, purpose)
}

// requiresCurrentEmail reports whether the link's address must be the current
// address of the account. The links of an address change have another one.
func (p Purpose) requiresCurrentEmail() bool { return p == VerifyEmail || p == ResetPassword }

// Disown records in the caller's transaction that the owner of the mailbox has used the
// link to say "This was not me", and whether the account is deleted for it.
func (l *Links) Disown(ctx context.Context, tx *pg.Tx, link Link, token string, deleted bool) error {
	return l.queries.LinkDisown(ctx, tx, db.LinkDisownParams{
		TokenHash: secret.HashToken(Trim(token)), Purpose: string(link.Purpose), Deleted: deleted, ExpiresAt: link.ExpiresAt,
	})
}

// IssuedBy returns the token of the link of the purpose that was issued in the transaction
// that used another link, and whether it still works. The token is "" when that
// transaction issued none.
func (l *Links) IssuedBy(ctx context.Context, used Link, purpose Purpose) (token string, live bool, err error) {
	row, err := l.queries.LinkIssuedAt(ctx, l.DB, db.LinkIssuedAtParams{UserID: used.User.UUID, Purpose: string(purpose), At: *used.UsedAt})
	if err != nil {
		return "", false, pg.NoRow(err, nil)
	}
	link := toLink(row)
	return l.Token(link), link.UsedAt == nil && link.VoidedAt == nil, nil
}

// Pending returns the account's newest live link of the purpose, or false when
// there is none.
func (l *Links) Pending(ctx context.Context, purpose Purpose, user scope.UserID) (Link, bool, error) {
	row, err := l.queries.LinkPending(ctx, l.DB, db.LinkPendingParams{UserID: user.UUID, Purpose: string(purpose)})
	if errors.Is(err, pgx.ErrNoRows) {
		return Link{}, false, nil
	}
	link := toLink(row.Link)
	link.Undelivered = row.Undelivered
	return link, err == nil, err
}

// ReservedEmail reports whether a live link reserves the address with that key for
// a user other than this one. Call it in the transaction that gives the address to
// the account, after that change: by then the account that had the address before
// has committed the link that reserves it.
func (l *Links) ReservedEmail(ctx context.Context, tx *pg.Tx, key string, user scope.UserID) (bool, error) {
	return l.queries.LinkHolds(ctx, tx, db.LinkHoldsParams{HeldKey: &key, UserID: user.UUID})
}

// Export returns the newest 1,000 links of the acting user as []Link, newest
// first, for personaldata.
func (l *Links) Export(ctx context.Context, tx *pg.Tx, sc scope.Scope) (any, error) {
	rows, err := l.queries.LinkPage(ctx, tx, sc.User.ID.UUID)
	return convert.All(rows, toLink), err
}

// Expire deletes up to most links that expired longer than retention ago, and
// returns how many it deleted.
func (l *Links) Expire(ctx context.Context, most int32) (int64, error) {
	return l.queries.LinkExpire(ctx, l.DB, db.LinkExpireParams{Keep: retention, Most: most})
}

// ExpireDisowned deletes up to most records of Disown after the expiry of their links, and
// returns how many it deleted.
func (l *Links) ExpireDisowned(ctx context.Context, most int32) (int64, error) {
	return l.queries.DisownedLinkExpire(ctx, l.DB, most)
}

// URL returns the URL of a link, and whether the link still works. It tries the
// current and the previous key, so that a link issued just before a change of the
// key can still be sent. When neither gives the token of a live link, URL returns
// an error: this process has another key than the process that issued the link,
// and the email must wait.
func (l *Links) URL(ctx context.Context, id uuid.UUID) (string, bool, error) {
	row, err := l.queries.LinkByID(ctx, l.DB, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	if err != nil || !row.Live {
		return "", false, err
	}
	for _, mac := range l.Keys.SignAll(tokenPurpose, id[:]) {
		if token := encode(mac); string(secret.HashToken(token)) == string(row.TokenHash) {
			return l.Base + Path(Purpose(row.Purpose), token), true, nil
		}
	}
	return "", false, fmt.Errorf("onetime: link %s was made with another SECRET_KEY", id)
}

// Token returns the token of a link that this process has just issued.
func (l *Links) Token(link Link) string { return encode(l.Keys.Sign(tokenPurpose, link.ID[:])) }

// Path returns the path, with the token, of the page that uses a link.
func Path(purpose Purpose, token string) string {
	return paths[purpose] + "?token=" + url.QueryEscape(token)
}

func toLink(row db.Link) Link {
	usedBy := ""
	if row.UsedBy != nil {
		usedBy = *row.UsedBy
	}
	return Link{
		usedBy: usedBy,
		ID:     row.ID, Purpose: Purpose(row.Purpose), User: scope.UserID{UUID: row.UserID}, Email: row.Email,
		CreatedAt: row.CreatedAt, ExpiresAt: row.ExpiresAt, UsedAt: row.UsedAt, VoidedAt: row.VoidedAt,
	}
}
