package sessions

import (
	"context"
	"time"

	"stoa/db"
	"stoa/platform/jobs"
)

// The arguments of the jobs that delete expired rows. Their kinds are stored in the
// rows of the jobs.
type (
	expireSessions struct{}
	expireTokens   struct{}
)

func (expireSessions) Kind() string { return "expire_sessions" }
func (expireTokens) Kind() string   { return "expire_tokens" }

func (s *Sessions) handleSweeps() {
	jobs.HandleSweeps[expireSessions](s.Jobs, time.Hour, jobs.Sweep{What: "sessions", Delete: s.ExpireBrowsers})
	jobs.HandleSweeps[expireTokens](s.Jobs, 6*time.Hour,
		jobs.Sweep{What: "token_families", Delete: s.ExpireFamilies},
		jobs.Sweep{What: "tokens", Delete: s.ExpireTokens})
}

// ExpireBrowsers deletes up to most expired browser sessions, and returns how many
// it deleted.
func (s *Sessions) ExpireBrowsers(ctx context.Context, most int32) (int64, error) {
	return s.queries.SessionExpire(ctx, s.DB, db.SessionExpireParams{Idle: idle, RememberedIdle: rememberedIdle, Most: most})
}

// ExpireFamilies deletes up to most expired token families with their tokens, and
// returns how many it deleted.
func (s *Sessions) ExpireFamilies(ctx context.Context, most int32) (int64, error) {
	return s.queries.FamilyExpire(ctx, s.DB, most)
}

// ExpireTokens deletes up to most expired refresh tokens of live token families,
// and returns how many it deleted.
func (s *Sessions) ExpireTokens(ctx context.Context, most int32) (int64, error) {
	return s.queries.TokenExpire(ctx, s.DB, most)
}
