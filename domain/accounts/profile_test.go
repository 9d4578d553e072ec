package accounts_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
)

var errEdit = errors.New("edit")

func keep(*accounts.Profile) error { return nil }

func TestChangeProfile_ChangesOnlyWhatIsGiven(t *testing.T) {
	t.Parallel()
	d, sc := domaintest.NewUser(t)
	ctx := context.Background()
	bio := "I *like* ledgers.\n"
	changed, err := d.Accounts.ChangeProfile(ctx, sc, func(p *accounts.Profile) error { p.Bio = bio; return nil })
	if err != nil || changed.Name != "Ada" || changed.Bio == "" {
		t.Fatalf("ChangeProfile(bio) = %+v, %v, want the name kept", changed, err)
	}
	name := "Ada L."
	changed, err = d.Accounts.ChangeProfile(ctx, sc, func(p *accounts.Profile) error { p.Name = name; return nil })
	if err != nil || changed.Name != name || changed.Bio == "" {
		t.Fatalf("ChangeProfile(name) = %+v, %v, want the bio kept", changed, err)
	}
}

func TestChangeProfile_RefusalChangesNothing(t *testing.T) {
	t.Parallel()
	d, sc := domaintest.NewUser(t)
	ctx := context.Background()
	_, err := d.Accounts.ChangeProfile(ctx, sc, func(p *accounts.Profile) error { *p = accounts.Profile{Bio: "kept?"}; return nil })
	domaintest.WantField(t, "ChangeProfile(blank name)", err, "name", "required")
	_, err = d.Accounts.ChangeProfile(ctx, sc, func(p *accounts.Profile) error { p.Bio = "kept?"; return errEdit })
	if !errors.Is(err, errEdit) {
		t.Errorf("ChangeProfile = %v, want the error of edit", err)
	}
	now, err := d.Accounts.ChangeProfile(ctx, sc, keep)
	if err != nil || now.Bio != "" {
		t.Errorf("bio = %q, %v, want it untouched", now.Bio, err)
	}
}

func TestChangeProfile_ConcurrentChangesAllCount(t *testing.T) {
	t.Parallel()
	d, sc := domaintest.NewUser(t)
	ctx := context.Background()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := d.Accounts.ChangeProfile(ctx, sc, func(p *accounts.Profile) error { p.Bio += "x"; return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if now, err := d.Accounts.ChangeProfile(ctx, sc, keep); err != nil || now.Bio != "xxxxxxxx" {
		t.Errorf("bio = %q, %v, want an x of each change", now.Bio, err)
	}
}

func TestChangeProfile_NothingIsNoChange(t *testing.T) {
	t.Parallel()
	d, sc := domaintest.NewUser(t)
	ctx := context.Background()
	now, err := d.Accounts.ChangeProfile(ctx, sc, keep)
	if err != nil || now != *sc.User {
		t.Errorf("ChangeProfile(nothing) = %+v, %v, want %+v", now, err, *sc.User)
	}
	d.WantEvents(t, *sc.User, "user.registered", "session.opened")
}
