package sessions

import (
	"context"

	"stoa/db"
	"stoa/platform/jobs"
)

func (s *Sessions) registerSweeps() {
	s.Jobs.Sweep(jobs.Hourly, jobs.Sweep{What: "sessions", Delete: s.ExpireBrowsers})
	s.Jobs.Sweep(jobs.SixHourly,
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
