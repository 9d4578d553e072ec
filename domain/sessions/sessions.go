// Package sessions keeps sign-ins: browser sessions and API token families.
// It opens, renews, lists and ends them; an end counts at the next request on
// every replica, because each request asks the database.
package sessions

import (
	"context"
	"net/netip"
	"time"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/scope"
	"stoa/platform/limit"
	"stoa/platform/pg"
	"stoa/platform/secret"
	"stoa/platform/signing"
)

// The kinds of sign-in.
const (
	Browser = "browser"
	API     = "api"
)

// recordUseAfter is how old the last use may be before it is written again: a plain
// view within it writes nothing.
const recordUseAfter = 5 * time.Minute

// Config is what sessions are made of.
type Config struct {
	DB        *pg.DB
	Keys      *secret.Keys
	Signer    *signing.Signer // of access tokens
	Limits    *limit.Limits
	Refreshes limit.Limit // from one client address
}

// Sessions opens, finds and ends sign-ins.
type Sessions struct {
	db        *pg.DB
	queries   *db.Queries
	keys      *secret.Keys
	signer    *signing.Signer
	limits    *limit.Limits
	refreshes limit.Limit
}

// New returns sessions on those parts.
func New(c Config) *Sessions {
	return &Sessions{db: c.DB, queries: db.New(), keys: c.Keys, signer: c.Signer, limits: c.Limits, refreshes: c.Refreshes}
}

// Listed is one sign-in as its owner sees it.
type Listed struct {
	ID         scope.SessionID
	Kind       string // Browser or API
	Current    bool   // the one that asks
	Device     string
	IP         netip.Addr
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
}

// List returns the sign-ins of the acting person, their current one first and
// then by last use, the last 200.
func (s *Sessions) List(ctx context.Context, sc scope.Scope) ([]Listed, error) {
	rows, err := s.queries.SessionPage(ctx, s.db, sc.User.ID.UUID)
	if err != nil {
		return nil, err
	}
	list := make([]Listed, 0, len(rows))
	for _, r := range rows {
		end := expiresAt(r)
		if !end.After(r.ReadAt) {
			continue
		}
		l := Listed{
			ID: scope.SessionID{UUID: r.ID}, Kind: r.Kind, Current: r.ID == sc.Session.UUID, Device: r.Device,
			IP: r.IP, CreatedAt: r.CreatedAt, LastSeenAt: r.LastSeenAt, ExpiresAt: end,
		}
		list = append(list, l)
		if l.Current {
			copy(list[1:], list)
			list[0] = l
		}
	}
	return list, nil
}

// expiresAt returns when a sign-in ends unless it is used. A browser session is
// judged as Find judges it, and not by what the middleware wrote by another
// clock: what opens must be seen here.
func expiresAt(r db.SessionPageRow) time.Time {
	if r.Kind == API {
		return r.ExpiresAt
	}
	s := Session{remember: r.Remember, CreatedAt: r.CreatedAt, lastSeenAt: r.LastSeenAt, readAt: r.ReadAt}
	return r.ReadAt.Add(s.Lifetime())
}

// End ends one sign-in of the acting person, which may be the current one. It
// reports false when there is no such sign-in of theirs: another person's looks
// the same as none.
func (s *Sessions) End(ctx context.Context, sc scope.Scope, id scope.SessionID) (bool, error) {
	var ended bool
	err := s.db.Tx(ctx, func(tx *pg.Tx) error {
		browsers, err := s.queries.SessionRevoke(ctx, tx, db.SessionRevokeParams{ID: id.UUID, UserID: sc.User.ID.UUID})
		if err != nil {
			return err
		}
		families, err := s.queries.FamilyRevoke(ctx, tx, db.FamilyRevokeParams{ID: id.UUID, UserID: sc.User.ID.UUID})
		if err != nil {
			return err
		}
		if ended = browsers+families > 0; !ended {
			return nil
		}
		return audit.Record(ctx, tx, sc, audit.Entry{
			Event: audit.SessionEnded, User: sc.User.ID, Detail: map[string]any{"ended_session_id": id.String()},
		})
	})
	return ended && err == nil, err
}

// EndOthers ends all sign-ins of the acting person but the current one and
// returns how many that were.
func (s *Sessions) EndOthers(ctx context.Context, sc scope.Scope) (int, error) {
	var ended int
	err := s.db.Tx(ctx, func(tx *pg.Tx) (err error) {
		ended, err = s.EndAll(ctx, tx, sc, sc.User.ID, sc.Session)
		return err
	})
	return ended, err
}

// EndAll ends every sign-in of the user but keep (the zero id keeps none) in
// the caller's transaction and returns how many that were.
func (s *Sessions) EndAll(ctx context.Context, tx *pg.Tx, sc scope.Scope, user scope.UserID, keep scope.SessionID) (int, error) {
	browsers, err := s.queries.SessionRevokeOthers(ctx, tx, db.SessionRevokeOthersParams{UserID: user.UUID, Keep: keep.UUID})
	if err != nil {
		return 0, err
	}
	families, err := s.queries.FamilyRevokeOthers(ctx, tx, db.FamilyRevokeOthersParams{UserID: user.UUID, Keep: keep.UUID})
	if err != nil {
		return 0, err
	}
	ended := int(browsers + families)
	if ended == 0 {
		return 0, nil
	}
	return ended, audit.Record(ctx, tx, sc, audit.Entry{
		Event: audit.SessionsEnded, User: user, Detail: map[string]any{"ended": ended},
	})
}

// recordOpened records the start of a sign-in.
func recordOpened(ctx context.Context, tx *pg.Tx, sc scope.Scope, p scope.User, id scope.SessionID, kind string) error {
	return audit.Record(ctx, tx, sc.As(p, id), audit.Entry{
		Event: audit.SessionOpened, User: p.ID, Detail: map[string]any{"kind": kind, "device": sc.Request.Device},
	})
}

func toUser(p db.Person) scope.User {
	found := scope.User{
		ID: scope.UserID{UUID: p.ID}, Email: p.Email, EmailVerified: p.EmailVerifiedAt != nil,
		Name: p.Name, Bio: p.Bio, Admin: p.Admin, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
	if p.Avatar != nil {
		found.Avatar = *p.Avatar
	}
	return found
}
