package personaldata_test

import (
	"context"
	"slices"
	"testing"

	"stoa/domain/accounts"
	"stoa/domain/audit"
	"stoa/domain/domaintest"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/personaldata"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/domain/signin"
	"stoa/platform/fault"
	"stoa/platform/pg"
)

// The second call of a double click must not return that the account still exists.
func TestDelete_TwiceAtOnce(t *testing.T) {
	t.Parallel()
	d, sc := domaintest.NewUser(t)
	ctx := context.Background()
	results := make(chan error, 2)
	err := d.DB.Tx(ctx, func(tx *pg.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT FROM users WHERE id = $1 FOR UPDATE", sc.User.ID.UUID); err != nil {
			return err
		}
		for range 2 {
			go func() { results <- d.PersonalData.Delete(ctx, sc, "password", domaintest.Password) }()
		}
		d.Waiting(t, tx, 2) // both have checked the password
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	one, other := <-results, <-results
	if one != nil {
		one, other = other, one
	}
	if one != nil || !fault.Is(other, fault.Unauthenticated) {
		t.Errorf("Delete = %v and %v, want nil and Unauthenticated", one, other)
	}
}

func TestDelete_LeavesOnlyTheAudit(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	client := d.SignIn(t, in.User, signin.API)
	domaintest.WantField(t, "Delete(wrong)", d.PersonalData.Delete(ctx, domaintest.Scope(in), "password", "not the password"), "password", "wrong_password")
	if err := d.PersonalData.Delete(ctx, domaintest.Scope(in), "password", domaintest.Password); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := d.Sessions.Find(ctx, in.Session.Token); ok {
		t.Error("the session is still valid")
	}
	if _, err := d.Sessions.Authenticate(ctx, client.Pair.Access); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the access token is still valid: %v", err)
	}
	var left, entries int
	err := d.DB.QueryRow(ctx, `SELECT (SELECT count(*) FROM users WHERE id = $1) + (SELECT count(*) FROM sessions WHERE user_id = $1)
		+ (SELECT count(*) FROM token_families WHERE user_id = $1) + (SELECT count(*) FROM letters WHERE user_id = $1), (SELECT count(*) FROM audit_entries WHERE user_id = $1)`,
		in.User.ID.UUID).Scan(&left, &entries)
	if err != nil || left != 0 || entries == 0 {
		t.Errorf("%d rows and %d audit entries left, %v, want none and some", left, entries, err)
	}
	var waiting []mailer.Kind
	for _, email := range d.Mailbox(t, in.User.Email) {
		waiting = append(waiting, email.Kind)
	}
	if !slices.Equal(waiting, []mailer.Kind{personaldata.KindAccountDeleted}) {
		t.Errorf("emails %v wait for the deleted account, want only the one about the deletion", waiting)
	}
}

// The email about the deletion is not deleted with the account.
func TestDelete_NotifiesTheUser(t *testing.T) {
	t.Parallel()
	d := domaintest.New(t)
	in := d.Register(t, signin.Browser)
	verification := d.Newest(t, in.User.Email, accounts.KindVerifyEmail).Token
	if err := d.PersonalData.Delete(context.Background(), domaintest.Scope(in), "password", domaintest.Password); err != nil {
		t.Fatal(err)
	}
	if params := d.Newest(t, in.User.Email, personaldata.KindAccountDeleted).Params; params[mailer.IP] == "" {
		t.Errorf("the email has the parameters %v", params)
	}
	if _, err := d.Accounts.VerifyEmail(context.Background(), domaintest.Visitor(), accounts.LinkProof{Token: verification, Password: domaintest.Password}); !onetime.IsDead(err) {
		t.Errorf("a link of the deleted account: %v, want dead", err)
	}
}

func TestExport_HasEveryPart(t *testing.T) {
	t.Parallel()
	d, ctx := domaintest.New(t), context.Background()
	in := d.Register(t, signin.Browser)
	d.SignIn(t, in.User, signin.API)
	_, err := d.PersonalData.Export(ctx, domaintest.Scope(in), "current_password", "not this one at all")
	domaintest.WantField(t, "a wrong password", err, "current_password", "wrong_password")
	data, err := d.PersonalData.Export(ctx, domaintest.Scope(in), "current_password", domaintest.Password)
	if err != nil {
		t.Fatal(err)
	}
	user, _ := data["user"].(scope.User)
	signIns, _ := data["sessions"].([]sessions.Listed)
	links, _ := data["links"].([]onetime.Link)
	emails, _ := data["emails"].([]mailer.Listed)
	events, _ := data["events"].(audit.History)
	if user.ID != in.User.ID || len(signIns) != 2 || len(links) != 1 || len(emails) != 2 || len(events.Events) < 3 || !events.Complete {
		t.Errorf("Export = %+v", data)
	}
}
