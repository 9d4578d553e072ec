package sessions

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/platform/secret"
)

// Refresh trades a refresh token for its successor (RFC 9700 4.14.2). Within
// reuseGrace of that a second call gets the same successor; later ones end the
// family with refresh_token_reused. A token that is unknown, or whose family
// has ended, is refused with refresh_token_invalid, and too many from one client
// address with a TooMany fault.
//
// The successor is derived from the token with a keyed HMAC: the same answer
// can be given again although only hashes are stored.
func (s *Sessions) Refresh(ctx context.Context, sc scope.Scope, refresh string) (Pair, error) {
	if _, err := s.limits.Take(ctx, s.refreshes, sc.Request.Client); err != nil {
		return Pair{}, err
	}
	token, ok := ParseRefresh(refresh)
	if !ok {
		return Pair{}, invalidRefresh()
	}
	jti := uuid.Must(uuid.NewV7())
	next := successor(s.keys.Sign(refreshPurpose, []byte(token)))
	row, err := s.queries.TokenRotate(ctx, s.db, db.TokenRotateParams{
		RefreshHash: secret.HashToken(token), SuccessorHash: secret.HashToken(next), SuccessorJTI: &jti,
		Lifetime: refreshLifetime, FamilyLifetime: familyLifetime, IP: sc.Request.Addr,
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Pair{}, invalidRefresh()
	case err != nil:
		return Pair{}, err
	case row.Rotated:
		return s.pair(ctx, row.UserID, jti, row.ReadAt, next)
	case !row.Alive || row.RotatedAt == nil:
		return Pair{}, invalidRefresh()
	case row.ReadAt.Sub(*row.RotatedAt) > reuseGrace:
		return Pair{}, s.endReusedFamily(ctx, sc, row.FamilyID, row.UserID)
	}
	return s.repeatRotation(ctx, row, token)
}

// repeatRotation repeats the answer that the token's rotation gave.
func (s *Sessions) repeatRotation(ctx context.Context, row db.TokenRotateRow, token string) (Pair, error) {
	made, err := s.queries.TokenByJTI(ctx, s.db, *row.SuccessorJTI)
	if errors.Is(err, pgx.ErrNoRows) { // its account was closed meanwhile
		return Pair{}, invalidRefresh()
	}
	if err != nil {
		return Pair{}, err
	}
	// The rotation may have been made with the key before this one.
	for _, mac := range s.keys.SignAll(refreshPurpose, []byte(token)) {
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
