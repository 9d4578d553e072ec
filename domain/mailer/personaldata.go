package mailer

import (
	"context"
	"time"

	"stoa/domain/scope"
	"stoa/platform/pg"
)

// Listed is a letter as the person sees it whom it was written to.
type Listed struct {
	Kind      Kind
	CreatedAt time.Time
	Outcome   *string // sent, void or abandoned; nil while it waits
}

// List returns the newest thousand letters that were written to the user.
func (l *Mailer) List(ctx context.Context, tx *pg.Tx, user scope.UserID) ([]Listed, error) {
	rows, err := l.queries.LetterPage(ctx, tx, &user.UUID)
	list := make([]Listed, len(rows))
	for i, row := range rows {
		list[i] = Listed{Kind(row.Kind), row.CreatedAt, row.Outcome}
	}
	return list, err
}
