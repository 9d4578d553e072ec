package mailer

import (
	"context"
	"time"

	"stoa/db"
	"stoa/domain/scope"
	"stoa/platform/convert"
	"stoa/platform/pg"
)

// Listed is an email as shown to the user that it was written to.
type Listed struct {
	Kind      Kind
	CreatedAt time.Time
	Outcome   *string // sent, void or abandoned; nil while it waits
}

// Export returns the newest 1,000 emails to the acting user as []Listed, for
// personaldata.
func (m *Mailer) Export(ctx context.Context, tx *pg.Tx, sc scope.Scope) (any, error) {
	rows, err := m.queries.LetterPage(ctx, tx, &sc.User.ID.UUID)
	return convert.All(rows, listed), err
}

func listed(row db.LetterPageRow) Listed { return Listed{Kind(row.Kind), row.CreatedAt, row.Outcome} }

// Erase deletes the emails to the acting user, for personaldata. An email that
// waits is not sent any more.
func (m *Mailer) Erase(ctx context.Context, tx *pg.Tx, sc scope.Scope) error {
	return m.queries.LetterForget(ctx, tx, &sc.User.ID.UUID)
}
