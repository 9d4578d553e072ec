package sessions

import (
	"bytes"
	"context"
	"encoding/base64"
	"time"

	"github.com/google/uuid"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/platform/fair"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// Refresh exchanges a refresh token for its successor (RFC 9700, 4.14.2). Another
// call within reuseGrace returns the same successor, as long as that is unused; a
// later call ends the family and returns the fault refresh_token_reused. Refresh
// returns the fault
// refresh_token_invalid for an unknown token and for a token of an ended family,
// and a TooMany fault for too many calls from one IP address.
//
// The successor is derived from the token with an HMAC, so that the same pair can
// be returned again although only hashes are stored.
func (s *Sessions) Refresh(ctx context.Context, sc scope.Scope, refresh string) (Pair, error) {
	if _, err := s.Limits.Take(ctx, s.Refreshes, sc.Request.Client); err != nil {
		return Pair{}, err
	}
	token, ok := ParseRefresh(refresh)
	if !ok {
		return Pair{}, invalidRefresh()
	}
	// The calls with one token wait for each other, wherever they come from.
	ctx = fair.With(ctx, fair.Key{"tokens", string(secret.HashToken(token))})
	jti := uuid.Must(uuid.NewV7())
	next := successor(s.Keys.Sign(refreshPurpose, []byte(token)))
	row, err := s.queries.TokenRotate(ctx, s.DB, db.TokenRotateParams{
		RefreshHash: secret.HashToken(token), SuccessorHash: secret.HashToken(next), SuccessorJTI: &jti,
		Lifetime: refreshLifetime, FamilyLifetime: familyLifetime, IP: sc.Request.Addr,
	})
	switch {
	case err != nil:
		return Pair{}, pg.NoRow(err, invalidRefresh())
	case row.Rotated:
		return s.pair(ctx, row.UserID, jti, row.ReadAt, next)
	case !row.Alive || row.RotatedAt == nil:
		return Pair{}, invalidRefresh()
	case row.ReadAt.Sub(*row.RotatedAt) > reuseGrace:
		return Pair{}, s.endReusedFamily(ctx, sc, row.FamilyID, row.UserID)
	}
	return s.repeatRotation(ctx, sc, row, token)
}

// repeatRotation returns the same pair as the rotation of the token. A used successor
// shows that its response arrived, so that the token comes from somewhere else.
func (s *Sessions) repeatRotation(ctx context.Context, sc scope.Scope, row db.TokenRotateRow, token string) (Pair, error) {
	made, err := s.queries.TokenByJTI(ctx, s.DB, *row.SuccessorJTI)
	if err != nil {
		return Pair{}, pg.NoRow(err, invalidRefresh()) // the account was deleted in the meantime
	}
	if made.RotatedAt != nil {
		return Pair{}, s.endReusedFamily(ctx, sc, row.FamilyID, row.UserID)
	}
	// The rotation may have used the previous key.
	for _, mac := range s.Keys.SignAll(refreshPurpose, []byte(token)) {
		next := successor(mac)
		if !bytes.Equal(secret.HashToken(next), made.RefreshHash) {
			continue
		}
		pair, err := s.pair(ctx, row.UserID, made.JTI, made.IssuedAt, next)
		pair.ExpiresIn -= row.ReadAt.Sub(made.IssuedAt).Truncate(time.Second)
		return pair, err
	}
	return Pair{}, invalidRefresh()
}

func successor(mac []byte) string { return base64.RawURLEncoding.EncodeToString(mac) }
