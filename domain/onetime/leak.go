package onetime

import "context"

// VoidSome voids up to most live links of all users, and returns how many it voided. A
// client with SECRET_KEY can derive the token of a link from its id.
func (l *Links) VoidSome(ctx context.Context, most int32) (int64, error) {
	return l.queries.LinkVoidSome(ctx, l.DB, most)
}
