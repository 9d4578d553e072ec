package accounts_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/domaintest"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

const nextPassword = "another long phrase"

// wantField fails unless err refuses that field with that code.
func wantField(t *testing.T, what string, err error, field, code string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || len(f.Fields) == 0 || f.Fields[0].Name != field || f.Fields[0].Code != code {
		t.Errorf("%s = %v, want %s: %s", what, err, field, code)
	}
}

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
	wantField(t, "ChangeProfile(blank name)", err, "name", "required")
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
	entries := func() (n int) {
		if err := d.DB.QueryRow(ctx, "SELECT count(*) FROM audit_entries WHERE user_id = $1", sc.User.ID.UUID).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := entries()
	now, err := d.Accounts.ChangeProfile(ctx, sc, accounts.ProfileChange{})
	if err != nil || now != *sc.User || entries() != before {
		t.Errorf("ChangeProfile(nothing) = %+v, %v with %d entries of the audit, want %+v and %d", now, err, entries(), *sc.User, before)
	}
}

func TestChangePassword_EndsEveryOtherSignIn(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	other, program := d.SignIn(t, in.User, signin.Browser), d.SignIn(t, in.User, signin.API)
	done, err := d.Accounts.ChangePassword(ctx, domaintest.Scope(in), accounts.PasswordChange{Current: domaintest.Password, Password: nextPassword})
	if err != nil || done.Ended != 2 {
		t.Fatalf("ChangePassword = %+v, %v, want 2 ended", done, err)
	}
	for what, token := range map[string]string{"the old token of this session": in.Session.Token, "the other session": other.Session.Token} {
		if _, ok, _ := d.Sessions.Find(ctx, token); ok {
			t.Error(what, "still counts")
		}
	}
	if _, ok, _ := d.Sessions.Find(ctx, done.Token); !ok {
		t.Error("this session has ended too")
	}
	if _, err := d.Sessions.Authenticate(ctx, program.Pair.Access); err == nil {
		t.Error("the access token still counts")
	}
	_, err = d.Signin.SignIn(ctx, domaintest.Visitor(), signin.Credentials{Email: in.User.Email, Password: nextPassword}, signin.API)
	if err != nil {
		t.Errorf("SignIn with the new password: %v", err)
	}
}

// Somebody who knew the old password may have asked for the means to come back.
func TestPasswordChanged_TakesBackWhatWaits(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*domaintest.Domain, signin.Result) error{
		"by the owner": func(d *domaintest.Domain, in signin.Result) error {
			_, err := d.Accounts.ChangePassword(t.Context(), domaintest.Scope(in), accounts.PasswordChange{Current: domaintest.Password, Password: nextPassword})
			return err
		},
		"by an operator": func(d *domaintest.Domain, in signin.Result) error {
			return d.Accounts.SetPassword(t.Context(), scope.Scope{}, in.User.Email, nextPassword)
		},
	} {
		d := domaintest.New(t)
		in, pending := d.Register(t, signin.Browser), domaintest.Address()
		if err := d.Accounts.RequestEmailChange(t.Context(), domaintest.Scope(in), accounts.EmailChange{Email: pending, Current: domaintest.Password}); err != nil {
			t.Fatal(err)
		}
		reset, confirm := forgotten(t, d, in.User), d.Newest(t, pending, mailer.EmailConfirm).Token
		if err := change(d, in); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := d.Accounts.ResetPassword(t.Context(), domaintest.Visitor(), reset, nextPassword+"!"); !onetime.IsDead(err) {
			t.Errorf("%s: the reset link still works: %v", name, err)
		}
		if _, err := d.Accounts.ConfirmEmail(t.Context(), domaintest.Visitor(), confirm); !onetime.IsDead(err) {
			t.Errorf("%s: the change of address can still be confirmed: %v", name, err)
		}
		if d.Newest(t, in.User.Email, mailer.EmailUndo).Token == "" {
			t.Errorf("%s: the change of address cannot be undone any more", name)
		}
	}
}

func TestResetLink_DisabledIsRefused(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	reset := forgotten(t, d, in.User)
	if _, err := d.Accounts.Disable(ctx, scope.Scope{}, in.User.Email); err != nil {
		t.Fatal(err)
	}
	if link, err := d.Accounts.ResetLink(ctx, scope.Scope{}, in.User.Email); link != "" || !fault.Is(err, fault.Conflict) {
		t.Errorf("ResetLink = %q, %v, want it refused", link, err)
	}
	if _, err := d.Accounts.Enable(ctx, scope.Scope{}, in.User.Email); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Accounts.ResetPassword(ctx, domaintest.Visitor(), reset, nextPassword); err != nil {
		t.Errorf("the refusal has voided the link of before: %v", err)
	}
}

func TestChangePassword_Refused(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	sc := domaintest.Scope(d.Register(t, signin.Browser))
	for _, tt := range []struct{ current, next, field, code string }{
		{"", nextPassword, "current_password", "required"},
		{"not the password", nextPassword, "current_password", "wrong_password"},
		{domaintest.Password, "short", "password", "too_short"},
	} {
		_, err := d.Accounts.ChangePassword(ctx, sc, accounts.PasswordChange{Current: tt.current, Password: tt.next})
		wantField(t, "ChangePassword("+tt.current+", "+tt.next+")", err, tt.field, tt.code)
	}
}

func TestChangePassword_TwiceAtOnceOneWins(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	sc := domaintest.Scope(d.Register(t, signin.Browser))
	var won atomic.Int32
	var wg sync.WaitGroup
	err := d.DB.Tx(ctx, func(tx *pg.Tx) error {
		// Both have confirmed the old password when the first may set its own.
		if _, err := tx.Exec(ctx, "SELECT FROM users WHERE id = $1 FOR UPDATE", sc.User.ID.UUID); err != nil {
			return err
		}
		for range 2 {
			wg.Go(func() {
				_, err := d.Accounts.ChangePassword(ctx, sc, accounts.PasswordChange{Current: domaintest.Password, Password: nextPassword})
				if err == nil {
					won.Add(1)
				} else if !fault.Is(err, fault.Invalid) {
					t.Errorf("ChangePassword: %v", err)
				}
			})
		}
		d.Waiting(t, tx, 2)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d changes won, want one", won.Load())
	}
}

func TestChangePassword_WrongOnesAreLimited(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	sc := domaintest.Scope(d.Register(t, signin.Browser))
	change := func(current string) error {
		_, err := d.Accounts.ChangePassword(ctx, sc, accounts.PasswordChange{Current: current, Password: nextPassword})
		return err
	}
	for range 10 {
		wantField(t, "a wrong one", change("not the password"), "current_password", "wrong_password")
	}
	if err := change(domaintest.Password); !fault.Is(err, fault.TooMany) {
		t.Errorf("the eleventh = %v, want it refused as too many", err)
	}
}

// Who asks twice, by a double click, is not told that the account is still there.
func TestClose_TwiceAtOnce(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	sc := domaintest.Scope(d.Register(t, signin.Browser))
	answers := make(chan error, 2)
	err := d.DB.Tx(ctx, func(tx *pg.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT FROM users WHERE id = $1 FOR UPDATE", sc.User.ID.UUID); err != nil {
			return err
		}
		for range 2 {
			go func() { answers <- d.Accounts.Delete(ctx, sc, "password", domaintest.Password) }()
		}
		d.Waiting(t, tx, 2) // both have confirmed the password
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	one, other := <-answers, <-answers
	if one != nil {
		one, other = other, one
	}
	if one != nil || !fault.Is(other, fault.Unauthenticated) {
		t.Errorf("Close = %v and %v, want done and gone", one, other)
	}
}

func TestClose_LeavesNothingButTheAudit(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	program := d.SignIn(t, in.User, signin.API)
	wantField(t, "Close(wrong)", d.Accounts.Delete(ctx, domaintest.Scope(in), "password", "not the password"), "password", "wrong_password")
	if err := d.Accounts.Delete(ctx, domaintest.Scope(in), "password", domaintest.Password); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("the session outlives the account")
	}
	if _, err := d.Sessions.Authenticate(ctx, program.Pair.Access); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the access token outlives the account: %v", err)
	}
	var left, entries int
	err := d.DB.QueryRow(ctx, `SELECT (SELECT count(*) FROM users WHERE id = $1) + (SELECT count(*) FROM sessions WHERE user_id = $1)
		+ (SELECT count(*) FROM token_families WHERE user_id = $1) + (SELECT count(*) FROM letters WHERE user_id = $1), (SELECT count(*) FROM audit_entries WHERE user_id = $1)`,
		in.User.ID.UUID).Scan(&left, &entries)
	if err != nil || left != 0 || entries == 0 {
		t.Errorf("%d rows and %d audit entries left, %v, want none and some", left, entries, err)
	}
	var waiting []mailer.Kind
	for _, letter := range d.Mailbox(t, in.User.Email) {
		waiting = append(waiting, letter.Kind)
	}
	if !slices.Equal(waiting, []mailer.Kind{mailer.AccountDeleted}) {
		t.Errorf("the letters %v wait for somebody who has gone, want the one that says so", waiting)
	}
}

func TestDisable_EndsEverything(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	if changed, err := d.Accounts.Disable(ctx, scope.Scope{}, in.User.Email); !changed || err != nil {
		t.Fatalf("Disable = %v, %v, want true", changed, err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("the session still counts")
	}
	if changed, err := d.Accounts.Enable(ctx, scope.Scope{}, in.User.Email); !changed || err != nil {
		t.Fatalf("Enable = %v, %v, want true", changed, err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("enabling brought the ended session back")
	}
	d.SignIn(t, in.User, signin.Browser)
}

func TestOperator_UnknownAddress(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	if _, err := d.Accounts.Promote(ctx, scope.Scope{}, domaintest.Address()); !fault.Is(err, fault.NotFound) {
		t.Errorf("Promote(unknown) = %v, want missing", err)
	}
}

func TestResetPassword_EndsEverySignIn(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	wantField(t, "ResetPassword(short)", d.Accounts.SetPassword(ctx, scope.Scope{}, in.User.Email, "short"), "password", "too_short")
	if err := d.Accounts.SetPassword(ctx, scope.Scope{}, in.User.Email, nextPassword); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("a session outlives the reset")
	}
}

func TestAudit_CannotBeChangedByTheProgram(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	d.Register(t, signin.Browser)
	for _, sql := range []string{"UPDATE audit_entries SET event = 'x'", "DELETE FROM audit_entries", "TRUNCATE audit_entries"} {
		if _, err := d.DB.Exec(ctx, sql); err == nil {
			t.Errorf("%s was carried out", sql)
		}
	}
}
