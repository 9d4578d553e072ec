package sessions

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/internal/userrow"
	"stoa/domain/scope"
	"stoa/platform/fault"
	"stoa/platform/pg"
	"stoa/platform/secret"
	"stoa/platform/signing"
)

const (
	refreshLifetime = 30 * 24 * time.Hour // of a refresh token, from its rotation
	familyLifetime  = 90 * 24 * time.Hour // of all successors, from the sign-in
	// reuseGrace is how long a rotated refresh token still returns its successor,
	// while that is unused: two tabs or a lost response do not sign the user out.
	reuseGrace = time.Minute

	refreshPrefix  = "stoa_rt_" // secret scanners recognise it
	refreshPurpose = "refresh-successor"
)

// Pair is an access token and the refresh token that was issued with it.
type Pair struct {
	Access    string
	Refresh   string
	ExpiresIn time.Duration // of the access token
}

// Bearer is the user and the sign-in of an access token.
type Bearer struct {
	User      scope.User
	Session   scope.SessionID
	RecordUse bool // the stored last use is old enough to be written again
}

// Prepare loads the signing key, so that Issue needs only the connection of its
// transaction.
func (s *Sessions) Prepare(ctx context.Context) error { return s.Signer.Prepare(ctx) }

// Issue starts a token family of the user in the caller's transaction.
func (s *Sessions) Issue(ctx context.Context, tx *pg.Tx, sc scope.Scope, user scope.User) (Pair, error) {
	family := scope.SessionID{UUID: uuid.Must(uuid.NewV7())}
	err := s.queries.FamilyInsert(ctx, tx, db.FamilyInsertParams{
		ID: family.UUID, UserID: user.ID.UUID, Device: sc.Request.Device, IP: sc.Request.Addr, Lifetime: refreshLifetime,
	})
	if err != nil {
		return Pair{}, err
	}
	token, jti := secret.Token(), uuid.Must(uuid.NewV7())
	issued, err := s.queries.TokenInsert(ctx, tx, db.TokenInsertParams{
		JTI: jti, FamilyID: family.UUID, RefreshHash: secret.HashToken(token), Lifetime: refreshLifetime,
	})
	if err != nil {
		return Pair{}, err
	}
	if err := recordOpened(ctx, tx, sc, user, family, API); err != nil {
		return Pair{}, err
	}
	return s.pair(ctx, user.ID.UUID, jti, issued, token)
}

func (s *Sessions) pair(ctx context.Context, user, jti uuid.UUID, issued time.Time, refresh string) (Pair, error) {
	access, err := s.Signer.Sign(ctx, signing.Claims{ID: jti, Subject: user, IssuedAt: issued})
	return Pair{Access: access, Refresh: refreshPrefix + refresh, ExpiresIn: signing.Lifetime}, err
}

// Authenticate returns the Bearer of an access token. It returns an
// Unauthenticated fault for a token that is invalid or expired, or belongs to an
// ended family.
func (s *Sessions) Authenticate(ctx context.Context, access string) (Bearer, error) {
	claims, err := s.Signer.Check(ctx, access)
	if errors.Is(err, signing.ErrInvalid) {
		return Bearer{}, invalidToken(err)
	}
	if err != nil {
		return Bearer{}, err
	}
	row, err := s.queries.TokenAccess(ctx, s.DB, db.TokenAccessParams{JTI: claims.ID, UserID: claims.Subject})
	if err != nil {
		return Bearer{}, pg.NoRow(err, invalidToken(errors.New("revoked")))
	}
	due := row.ReadAt.Sub(row.LastSeenAt) > recordUseAfter
	return Bearer{userrow.Person(row.Person), scope.SessionID{UUID: row.FamilyID}, due}, nil
}

// KnownClient reports whether the user has a sign-in of an API client with the name
// and the IP address of this request, since the newest password.
func (s *Sessions) KnownClient(ctx context.Context, sc scope.Scope, user scope.UserID) (bool, error) {
	return s.queries.FamilyKnown(ctx, s.DB, db.FamilyKnownParams{
		UserID: user.UUID, Device: sc.Request.Device, IP: sc.Request.Addr,
	})
}

// RecordTokenUse writes the last use and IP address of the acting token family.
func (s *Sessions) RecordTokenUse(ctx context.Context, sc scope.Scope) error {
	return s.queries.FamilySeen(ctx, s.DB, db.FamilySeenParams{ID: sc.Session.UUID, IP: sc.Request.Addr})
}

// EndByRefresh ends the family of a refresh token, to sign out when the access
// token has expired. It returns the fault refresh_token_invalid for an unknown
// token.
func (s *Sessions) EndByRefresh(ctx context.Context, sc scope.Scope, refresh string) error {
	token, ok := ParseRefresh(refresh)
	if !ok {
		return invalidRefresh()
	}
	row, err := s.queries.TokenFamily(ctx, s.DB, secret.HashToken(token))
	if err != nil {
		return pg.NoRow(err, invalidRefresh())
	}
	owner := scope.User{ID: scope.UserID{UUID: row.UserID}}
	family := scope.SessionID{UUID: row.ID}
	return s.EndActing(ctx, sc.As(owner, family))
}

// ParseRefresh returns the secret part of a refresh token, or false for text
// without the form of one.
func ParseRefresh(refresh string) (string, bool) {
	token, ok := strings.CutPrefix(refresh, refreshPrefix)
	if !ok {
		return "", false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	return token, err == nil && len(raw) == 32 && !strings.ContainsAny(token, "\r\n")
}

func invalidToken(err error) error {
	return &fault.Error{
		Kind: fault.Unauthenticated, Code: "invalid_token", Err: err,
		Message: "The access token is not valid or has run out. Refresh it, or sign in again.",
	}
}

func invalidRefresh() error {
	return &fault.Error{
		Kind: fault.Unauthenticated, Code: "refresh_token_invalid",
		Message: "The refresh token is not valid or has run out. Sign in again.",
	}
}

// endReusedFamily ends the family of a reused refresh token, which may be stolen,
// and returns the fault for the reuse.
func (s *Sessions) endReusedFamily(ctx context.Context, sc scope.Scope, family, user uuid.UUID) error {
	sc = sc.As(scope.User{ID: scope.UserID{UUID: user}}, scope.SessionID{UUID: family})
	err := s.DB.Tx(ctx, func(tx *pg.Tx) error {
		n, err := s.queries.FamilyRevoke(ctx, tx, db.FamilyRevokeParams{ID: family, UserID: user})
		if err != nil || n == 0 {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: eventTokenReused, User: sc.User.ID})
	})
	if err != nil {
		return err
	}
	return &fault.Error{
		Kind: fault.Unauthenticated, Code: "refresh_token_reused",
		Message: "This refresh token was used before, so its sign-in has been ended. Sign in again.",
	}
}
