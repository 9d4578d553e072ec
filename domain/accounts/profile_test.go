package accounts_test

import (
	"context"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
	"stoa/domain/signin"
)

func TestChangeProfile_ChangesOnlyWhatIsGiven(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	sc := domaintest.Scope(d.Register(t, signin.Browser))
	bio := "I *like* ledgers.\n"
	changed, err := d.Accounts.ChangeProfile(ctx, sc, accounts.ProfileChange{Bio: &bio})
	if err != nil || changed.Name != "Ada" || changed.Bio == "" {
		t.Fatalf("ChangeProfile(bio) = %+v, %v, want the name kept", changed, err)
	}
	name := "Ada L."
	changed, err = d.Accounts.ChangeProfile(ctx, sc, accounts.ProfileChange{Name: &name})
	if err != nil || changed.Name != name || changed.Bio == "" {
		t.Fatalf("ChangeProfile(name) = %+v, %v, want the bio kept", changed, err)
	}
}

func TestChangeProfile_RefusalChangesNothing(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	sc := domaintest.Scope(d.Register(t, signin.Browser))
	name, bio := "", "kept?"
	_, err := d.Accounts.ChangeProfile(ctx, sc, accounts.ProfileChange{Name: &name, Bio: &bio})
	domaintest.WantField(t, "ChangeProfile(blank name)", err, "name", "required")
	name = "Ada"
	now, err := d.Accounts.ChangeProfile(ctx, sc, accounts.ProfileChange{Name: &name})
	if err != nil || now.Bio != "" {
		t.Errorf("bio = %q, %v, want it untouched", now.Bio, err)
	}
}

func TestChangeProfile_NothingIsNoChange(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	sc := domaintest.Scope(d.Register(t, signin.Browser))
	now, err := d.Accounts.ChangeProfile(ctx, sc, accounts.ProfileChange{})
	if err != nil || now != *sc.User {
		t.Errorf("ChangeProfile(nothing) = %+v, %v, want %+v", now, err, *sc.User)
	}
	d.WantEvents(t, *sc.User, "user.registered", "session.opened")
}
