package mailer

import (
	"context"
	"time"

	"stoa/db"
)

// keep is how long it is known that a letter of a kind was sent to somebody. By
// then nobody asks any more why a mail did not come.
const keep = 30 * 24 * time.Hour

// AbandonOverdue abandons letters whose time is over and whose job has not said so, at
// most so many, and returns how many there were.
func (l *Mailer) AbandonOverdue(ctx context.Context, most int32) (int64, error) {
	kinds, err := l.queries.LetterGiveUp(ctx, l.DB, db.LetterGiveUpParams{After: giveUp + 24*time.Hour, Most: most})
	for _, kind := range kinds {
		l.report(kind, abandoned)
	}
	return int64(len(kinds)), err
}

// Expire deletes what is left of letters that were finished long ago, at most
// so many, and returns how many it deleted.
func (l *Mailer) Expire(ctx context.Context, most int32) (int64, error) {
	return l.queries.LetterExpire(ctx, l.DB, db.LetterExpireParams{Keep: keep, Most: most})
}
