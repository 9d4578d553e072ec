package sessions

import "context"

// EndFamilies ends up to most token families of all users, and returns how many it
// ended. A client with SECRET_KEY and one old refresh token of a family can derive
// all later ones.
func (s *Sessions) EndFamilies(ctx context.Context, most int32) (int64, error) {
	return s.queries.FamilyRevokeSome(ctx, s.DB, most)
}
