package mailer

import (
	"context"
	"time"

	"stoa/db"
)

// retention is how long the kind and the outcome of a finished email are kept.
// Users ask about an email that did not arrive within this time.
const retention = 30 * 24 * time.Hour

// AbandonOverdue abandons up to most emails that have no outcome a day after their
// jobs had to give up, and returns how many it abandoned.
func (m *Mailer) AbandonOverdue(ctx context.Context, most int32) (int64, error) {
	overdue, err := m.queries.LetterOverdue(ctx, m.DB, db.LetterOverdueParams{After: giveUp + 24*time.Hour, Most: most})
	for i, id := range overdue {
		if err := m.abandon(ctx, delivery{Email: id}); err != nil {
			return int64(i), err
		}
	}
	return int64(len(overdue)), err
}

// Expire deletes up to most emails that were finished longer than retention ago,
// and returns how many it deleted.
func (m *Mailer) Expire(ctx context.Context, most int32) (int64, error) {
	return m.queries.LetterExpire(ctx, m.DB, db.LetterExpireParams{Keep: retention, Most: most})
}
