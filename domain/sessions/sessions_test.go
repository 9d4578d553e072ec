package sessions_test

import (
	"context"
	"testing"
	"time"

	"stoa/domain/domaintest"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

func TestFind_OpensOnlyWithItsToken(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	found, ok, err := d.Sessions.Find(ctx, in.Session.Token)
	if err != nil || !ok || found.ID != in.Session.ID || found.User.ID != in.User.ID {
		t.Fatalf("Find(token) = %v, %v, %v, want the session", found.ID, ok, err)
	}
	for _, token := range []string{"", "chosen", in.Session.ID.String(), in.Session.Token + "A"} {
		if _, ok, err := d.Sessions.Find(ctx, token); ok || err != nil {
			t.Errorf("Find(%q) = %v, %v, want nothing", token, ok, err)
		}
	}
}

func TestFind_TooOld(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	for name, set := range map[string]string{
		"unused for a day":   "last_seen_at = now() - interval '24 hours'",
		"a month old":        "created_at = now() - interval '30 days'",
		"of a disabled user": "",
	} {
		in := d.Register(t, signin.Browser)
		if set == "" {
			d.Exec(t, "UPDATE users SET disabled_at = now() WHERE id = $1", in.User.ID.UUID)
		} else {
			d.Exec(t, "UPDATE sessions SET "+set+" WHERE id = $1", in.Session.ID.UUID)
		}
		if _, ok, err := d.Sessions.Find(ctx, in.Session.Token); ok || err != nil {
			t.Errorf("Find(%s) = %v, %v, want nothing", name, ok, err)
		}
	}
}

func TestEnd_IsFinal(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	if err := d.Sessions.End(ctx, domaintest.Scope(in), in.Session.ID); err != nil {
		t.Fatalf("End = %v", err)
	}
	// A request that began before the end may still write this.
	d.Exec(t, "UPDATE sessions SET v = 'x', revoked_at = NULL, e = e + 1000000 WHERE id = $1", in.Session.ID.UUID)
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("a late write made the ended session valid again")
	}
	if err := d.Sessions.End(ctx, domaintest.Scope(in), in.Session.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("End again = %v, want NotFound", err)
	}
	if err := d.Sessions.EndActing(ctx, domaintest.Scope(in)); err != nil {
		t.Errorf("EndActing of an ended session = %v", err)
	}
}

func TestEnd_OfAnotherUser(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	mine, theirs := d.Register(t, signin.Browser), d.Register(t, signin.Browser)
	if err := d.Sessions.End(ctx, domaintest.Scope(mine), theirs.Session.ID); !fault.Is(err, fault.NotFound) {
		t.Fatalf("End(theirs) = %v, want NotFound", err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, theirs.Session.Token); !ok {
		t.Error("the session of another user ended")
	}
}

func TestEndOthers_KeepsThisOne(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	other, client := d.SignIn(t, in.User, signin.Remembered), d.SignIn(t, in.User, signin.API)
	ended, err := d.Sessions.EndOthers(ctx, domaintest.Scope(in))
	if err != nil || ended != 2 {
		t.Fatalf("EndOthers = %d, %v, want 2", ended, err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); !ok {
		t.Error("this session ended, too")
	}
	if _, ok, _ := d.Sessions.Find(ctx, other.Session.Token); ok {
		t.Error("the other browser is still signed in")
	}
	if _, err := d.Sessions.Authenticate(ctx, client.Pair.Access); err == nil {
		t.Error("the access token is still valid")
	}
}

func TestList_ThisOneFirst(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	d.SignIn(t, in.User, signin.API)
	d.SignIn(t, in.User, signin.Browser)
	d.Exec(t, "UPDATE sessions SET last_seen_at = now() - interval '1 hour' WHERE id = $1", in.Session.ID.UUID)
	list, err := d.Sessions.List(ctx, domaintest.Scope(in))
	if err != nil || len(list) != 3 {
		t.Fatalf("List = %d rows, %v, want 3", len(list), err)
	}
	if list[0].ID != in.Session.ID || !list[0].Current || list[1].Current || list[2].Current {
		t.Errorf("List begins with %v (current %v), want this session", list[0].ID, list[0].Current)
	}
	if kinds := list[1].Kind + " " + list[2].Kind; kinds != "browser api" {
		t.Errorf("the others are %q, want the last used first", kinds)
	}
}

func TestRotateToken_VoidsTheOldToken(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	var token string
	err := d.DB.Tx(ctx, func(tx *pg.Tx) (err error) {
		token, err = d.Sessions.RotateToken(ctx, tx, scope.Scope{Session: in.Session.ID})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("Find accepts the old token")
	}
	if found, ok, _ := d.Sessions.Find(ctx, token); !ok || found.ID != in.Session.ID {
		t.Error("Find refuses the new token")
	}
}

func TestSession_RemembersLonger(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.SignIn(t, d.Register(t, signin.Browser).User, signin.Remembered)
	d.Exec(t, "UPDATE sessions SET last_seen_at = now() - interval '29 days', created_at = now() - interval '60 days' WHERE id = $1", in.Session.ID.UUID)
	found, ok, err := d.Sessions.Find(ctx, in.Session.Token)
	if err != nil || !ok {
		t.Fatalf("Find = %v, %v, want the remembered session", ok, err)
	}
	if left := found.Lifetime(); left > 24*time.Hour || left < 23*time.Hour {
		t.Errorf("Lifetime() = %v, want a day", left)
	}
}
