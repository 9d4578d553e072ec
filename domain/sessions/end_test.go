package sessions_test

import (
	"context"
	"testing"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
)

// The session middleware writes an expiry by this machine's clock, which may be
// wrong. It does so in a second write, which may fail. Find ignores that expiry. So
// List must show every session that Find accepts, and End must end it.
func TestEnd_SessionThatFindAccepts(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	d.Exec(t, "UPDATE sessions SET e = extract(epoch FROM now())::bigint - 60 WHERE id = $1", in.Session.ID.UUID)
	if _, ok, err := d.Sessions.Find(ctx, in.Session.Token); !ok || err != nil {
		return // List and End need not know a session that Find refuses
	}
	if list, err := d.Sessions.List(ctx, domaintest.Scope(in)); err != nil || len(list) != 1 {
		t.Errorf("List = %d rows, %v, want the session that Find accepts", len(list), err)
	}
	if err := d.Sessions.End(ctx, domaintest.Scope(in), in.Session.ID); err != nil {
		t.Errorf("End = %v", err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("Find accepts the ended session")
	}
}
