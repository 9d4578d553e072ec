package sessions

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/internal/userrow"
	"stoa/domain/scope"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// How long a browser session lasts: without use, and in total (ASVS 7.3.1, 7.3.2).
const (
	idle            = 24 * time.Hour
	total           = 30 * 24 * time.Hour
	rememberedIdle  = 30 * 24 * time.Hour
	rememberedTotal = 90 * 24 * time.Hour
)

// Opened is a new browser session. Only the cookie contains Token.
type Opened struct {
	ID       scope.SessionID
	Token    string
	Lifetime time.Duration // until the cookie expires, if it is not used again
}

// Session is a live browser session with its user.
type Session struct {
	ID        scope.SessionID
	User      scope.User
	Device    string
	IP        netip.Addr
	CreatedAt time.Time

	remember   bool
	lastSeenAt time.Time
	readAt     time.Time // by the clock of the database, which also wrote the other times
}

// Open makes a browser session of the user in the caller's transaction.
func (s *Sessions) Open(ctx context.Context, tx *pg.Tx, sc scope.Scope, user scope.User, remember bool) (Opened, error) {
	o := Opened{ID: scope.SessionID{UUID: uuid.Must(uuid.NewV7())}, Token: secret.Token(), Lifetime: idle}
	if remember {
		o.Lifetime = rememberedIdle
	}
	err := s.queries.SessionInsert(ctx, tx, db.SessionInsertParams{
		ID: o.ID.UUID, K: secret.HexHash(o.Token), E: time.Now().Add(o.Lifetime).Unix(), UserID: user.ID.UUID,
		Remember: remember, Device: sc.Request.Device, IP: sc.Request.Addr,
	})
	if err != nil {
		return Opened{}, err
	}
	return o, recordOpened(ctx, tx, sc, user, o.ID, Browser)
}

// Find returns the live session of the token. It returns false when the session
// is unknown, ended or too old, or its user is deleted or disabled.
func (s *Sessions) Find(ctx context.Context, token string) (Session, bool, error) {
	row, err := s.queries.SessionByKey(ctx, s.DB, secret.HexHash(token))
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, false, nil
	}
	if err != nil {
		return Session{}, false, err
	}
	found := Session{
		ID: scope.SessionID{UUID: row.ID}, User: userrow.Person(row.Person), Device: row.Device, IP: row.IP,
		CreatedAt: row.CreatedAt, remember: row.Remember, lastSeenAt: row.LastSeenAt, readAt: row.ReadAt,
	}
	return found, found.Lifetime() > 0, nil
}

// Lifetime returns how long the session lasts from now if it is not used again.
// It is zero or negative for an expired session.
func (s Session) Lifetime() time.Duration {
	unused := idle
	if s.remember {
		unused = rememberedIdle
	}
	return min(s.lastSeenAt.Add(unused).Sub(s.readAt), s.End().Sub(s.readAt))
}

// End returns when the session expires even if it is used.
func (s Session) End() time.Time {
	if s.remember {
		return s.CreatedAt.Add(rememberedTotal)
	}
	return s.CreatedAt.Add(total)
}

// Renewal returns how long the session lasts when this request counts as use, and
// whether the stored last use is old enough to be written again.
func (s Session) Renewal() (time.Duration, bool) {
	due := s.readAt.Sub(s.lastSeenAt) > recordUseAfter
	s.lastSeenAt = s.readAt
	return s.Lifetime(), due
}

// RecordUse writes the session's last use and IP address.
func (s *Sessions) RecordUse(ctx context.Context, id scope.SessionID, addr netip.Addr) error {
	return s.queries.SessionSeen(ctx, s.DB, db.SessionSeenParams{ID: id.UUID, IP: addr})
}

// RotateToken replaces the token of the acting session in the caller's transaction (ASVS
// 7.2.4). It returns "" for a token family and for a session that has ended.
func (s *Sessions) RotateToken(ctx context.Context, tx *pg.Tx, sc scope.Scope) (string, error) {
	token, by := secret.Token(), &sc.Request.Form
	if sc.Request.Form == "" {
		by = nil
	}
	n, err := s.queries.SessionRekey(ctx, tx, db.SessionRekeyParams{ID: sc.Session.UUID, K: secret.HexHash(token), RotatedBy: by})
	if err != nil || n == 0 {
		return "", err
	}
	return token, nil
}

// RotateAgain gives the session another token when the same form has changed the password
// through it within the last minute, and returns false otherwise. A browser that sends a
// form twice discards the first response, and with it the token that replaced its own.
//
// The old token alone gives nothing: the form has both passwords, and a random token that
// only the page of that browser has.
func (s *Sessions) RotateAgain(ctx context.Context, sc scope.Scope) (Opened, bool, error) {
	if sc.Request.Form == "" {
		return Opened{}, false, nil
	}
	token := secret.Token()
	row, err := s.queries.SessionRekeyAgain(ctx, s.DB, db.SessionRekeyAgainParams{
		K: secret.HexHash(token), RotatedBy: &sc.Request.Form, Within: scope.RepeatedWithin,
	})
	if err != nil {
		return Opened{}, false, pg.NoRow(err, nil)
	}
	lifetime, _ := Session{remember: row.Remember, CreatedAt: row.CreatedAt, lastSeenAt: row.LastSeenAt, readAt: row.ReadAt}.Renewal()
	return Opened{ID: scope.SessionID{UUID: row.ID}, Token: token, Lifetime: lifetime}, true, nil
}
