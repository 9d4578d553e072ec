package sessions_test

import (
	"context"
	"strings"
	"testing"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
)

// A copy of the database must not contain tokens.
func TestOpen_StoresOnlyTheHash(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	var row string
	err := d.DB.QueryRow(context.Background(), "SELECT s::text FROM sessions s WHERE id = $1", in.Session.ID.UUID).Scan(&row)
	if err != nil || strings.Contains(row, in.Session.Token) {
		t.Errorf("session = %s, %v, want it without its token %s", row, err, in.Session.Token)
	}
}

func TestIssue_StoresOnlyTheHash(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.API)
	next, err := d.Sessions.Refresh(ctx, domaintest.Visitor(), in.Pair.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	var rows string
	err = d.DB.QueryRow(ctx, `SELECT string_agg(encode(refresh_hash, 'escape'), ' ') FROM tokens t
		JOIN token_families f ON f.id = t.family_id WHERE user_id = $1`, in.User.ID.UUID).Scan(&rows)
	for _, token := range []string{in.Pair.Refresh, next.Refresh} {
		token = strings.TrimPrefix(token, "stoa_rt_")
		if err != nil || rows == "" || strings.Contains(rows, token) {
			t.Errorf("tokens = %s, %v, want them without %s", rows, err, token)
		}
	}
}
