package sessions_test

import (
	"context"
	"testing"

	"stoa/domain/domaintest"
	"stoa/domain/signin"
)

// The expiry that the session middleware writes comes from this machine's
// clock, which may be wrong, and from a second write, which may fail. What
// opens a session is judged otherwise, and what opens must be seen and ended.
func TestEnd_WhatStillOpens(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	d.Exec(t, "UPDATE sessions SET e = extract(epoch FROM now())::bigint - 60 WHERE id = $1", in.Session.ID.UUID)
	if _, ok, err := d.Sessions.Find(ctx, in.Session.Token); !ok || err != nil {
		return // closed already is good too
	}
	if list, err := d.Sessions.List(ctx, domaintest.Scope(in)); err != nil || len(list) != 1 {
		t.Errorf("List = %d rows, %v, want the session that still opens", len(list), err)
	}
	if ended, err := d.Sessions.End(ctx, domaintest.Scope(in), in.Session.ID); !ended || err != nil {
		t.Errorf("End = %v, %v, want true", ended, err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("the session opens after its end")
	}
}
