// Package sessions keeps sign-ins: browser sessions and API token families. It
// opens, renews, lists and ends them. The end of a sign-in takes effect at the
// next request on every replica, because each request asks the database.
package sessions

import (
	"context"
	"net/netip"
	"time"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/scope"
	"stoa/domain/userdata"
	"stoa/platform/fault"
	"stoa/platform/jobs"
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

// The security events of sessions.
const (
	EventOpened      audit.Event = "session.opened"
	eventEnded       audit.Event = "session.ended"
	eventAllEnded    audit.Event = "sessions.ended"
	eventTokenReused audit.Event = "token.reused"
)

func init() {
	audit.Describe(map[audit.Event]audit.Sentence{
		EventOpened:      {Text: "Signed in"},
		eventEnded:       {Text: "A session was signed out"},
		eventAllEnded:    {Text: "Other sessions were signed out"},
		eventTokenReused: {Text: "A used refresh token was sent again, so its session was signed out", Warns: true},
	})
}

// recordUseAfter is the age of the stored last use at which a request writes it
// again. A page view before that writes nothing.
const recordUseAfter = 5 * time.Minute

// Config has the dependencies of Sessions.
type Config struct {
	DB        *pg.DB
	Jobs      *jobs.Jobs
	UserData  *userdata.Parts
	Keys      *secret.Keys
	Signer    *signing.Signer // of access tokens
	Limits    *limit.Limits
	Refreshes limit.Limit // per client IP address
}

// Sessions opens, finds and ends sign-ins.
type Sessions struct {
	Config
	queries *db.Queries
}

// New returns Sessions. It registers the sweeps of expired sessions, and the
// part of a user's data.
func New(c Config) *Sessions {
	s := &Sessions{Config: c, queries: db.New()}
	s.registerSweeps()
	c.UserData.Add(userdata.Part{Name: "sessions", Shown: "your sessions", Tables: []string{"sessions", "token_families"}, Export: s.Export})
	return s
}

// Listed is a sign-in as shown to its user.
type Listed struct {
	ID         scope.SessionID
	Kind       string // Browser or API
	Current    bool   // the sign-in of this request
	Device     string
	IP         netip.Addr
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
}

// List returns up to 200 sign-ins of the acting user: the current one first, then
// by last use, newest first.
func (s *Sessions) List(ctx context.Context, sc scope.Scope) ([]Listed, error) {
	return s.ListOn(ctx, s.DB, sc)
}

// Export returns List as []Listed, for personaldata.
func (s *Sessions) Export(ctx context.Context, tx *pg.Tx, sc scope.Scope) (any, error) {
	return s.ListOn(ctx, tx, sc)
}

// ListOn is List on a connection, such as one for a statement of a batch.
func (s *Sessions) ListOn(ctx context.Context, conn db.DBTX, sc scope.Scope) ([]Listed, error) {
	rows, err := s.queries.SessionPage(ctx, conn, sc.User.ID.UUID)
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

// expiresAt returns when a sign-in ends if it is not used again. It applies the
// rules of Find to a browser session, and ignores the expiry that the middleware
// wrote by another clock: the list must show every session that Find accepts.
func expiresAt(r db.SessionPageRow) time.Time {
	if r.Kind == API {
		return r.ExpiresAt
	}
	s := Session{remember: r.Remember, CreatedAt: r.CreatedAt, lastSeenAt: r.LastSeenAt, readAt: r.ReadAt}
	return r.ReadAt.Add(s.Lifetime())
}

// End ends one sign-in of the acting user, which may be the current one. It
// returns a NotFound fault when the user has no such sign-in, and does not
// distinguish an unknown id from the sign-in of another user.
func (s *Sessions) End(ctx context.Context, sc scope.Scope, id scope.SessionID) error {
	return s.DB.Tx(ctx, func(tx *pg.Tx) error {
		browsers, err := s.queries.SessionRevoke(ctx, tx, db.SessionRevokeParams{ID: id.UUID, UserID: sc.User.ID.UUID})
		if err != nil {
			return err
		}
		families, err := s.queries.FamilyRevoke(ctx, tx, db.FamilyRevokeParams{ID: id.UUID, UserID: sc.User.ID.UUID})
		if err != nil {
			return err
		}
		if browsers+families == 0 {
			return fault.NoSuch("session")
		}
		return audit.Record(ctx, tx, sc, audit.Entry{
			Event: eventEnded, User: sc.User.ID, Detail: map[string]any{"ended_session_id": id.String()},
		})
	})
}

// EndActing ends the acting sign-in. It returns nil when another request has ended
// it.
func (s *Sessions) EndActing(ctx context.Context, sc scope.Scope) error {
	if err := s.End(ctx, sc, sc.Session); !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}

// EndOthers ends all sign-ins of the acting user except the current one, and
// returns how many it ended.
func (s *Sessions) EndOthers(ctx context.Context, sc scope.Scope) (int, error) {
	var ended int
	err := s.DB.Tx(ctx, func(tx *pg.Tx) (err error) {
		ended, err = s.EndAll(ctx, tx, sc, sc.User.ID, sc.Session)
		return err
	})
	return ended, err
}

// EndAll ends every sign-in of the user except keep in the caller's transaction,
// and returns how many it ended. A zero keep ends all.
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
		Event: eventAllEnded, User: user, Detail: map[string]any{"ended": ended},
	})
}

// recordOpened records the start of a sign-in.
func recordOpened(ctx context.Context, tx *pg.Tx, sc scope.Scope, user scope.User, id scope.SessionID, kind string) error {
	return audit.Record(ctx, tx, sc.As(user, id), audit.Entry{
		Event: EventOpened, User: user.ID, Detail: map[string]any{"kind": kind},
	})
}
