package sessions

import (
	"context"

	"stoa/db"
)

// ExpireBrowsers deletes browser sessions that are over, at most so many, and
// returns how many it deleted.
func (s *Sessions) ExpireBrowsers(ctx context.Context, most int32) (int64, error) {
	return s.queries.SessionExpire(ctx, s.db, db.SessionExpireParams{Idle: idle, RememberedIdle: rememberedIdle, Most: most})
}

// ExpireFamilies deletes API sign-ins that are over, with their tokens, at most
// so many, and returns how many it deleted.
func (s *Sessions) ExpireFamilies(ctx context.Context, most int32) (int64, error) {
	return s.queries.FamilyExpire(ctx, s.db, most)
}

// ExpireTokens deletes refresh tokens that have run out, of API sign-ins that go
// on, at most so many, and returns how many it deleted.
func (s *Sessions) ExpireTokens(ctx context.Context, most int32) (int64, error) {
	return s.queries.TokenExpire(ctx, s.db, most)
}
