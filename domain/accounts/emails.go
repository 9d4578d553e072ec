package accounts

import (
	"context"
	"fmt"
	"time"

	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// The kinds of emails about accounts.
const (
	KindVerifyEmail     mailer.Kind = "verify_email"
	KindResetPassword   mailer.Kind = "reset_password"
	KindEmailConfirm    mailer.Kind = "email_confirm" // to the new address
	KindEmailUndo       mailer.Kind = "email_undo"    // to the address before the change
	KindPasswordChanged mailer.Kind = "password_changed"
)

// ParamNewEmail is the parameter with the address that an account changes to.
const ParamNewEmail = "new_email"

// emailKinds are the kinds with their parameters.
var emailKinds = mailer.Kinds{
	KindVerifyEmail:     {mailer.At, mailer.IP, mailer.Device, mailer.Lifetime},
	KindResetPassword:   {mailer.At, mailer.IP, mailer.Device, mailer.Lifetime},
	KindEmailConfirm:    {mailer.At, mailer.IP, mailer.Device, mailer.Lifetime},
	KindEmailUndo:       {mailer.At, mailer.IP, mailer.Device, mailer.Lifetime, ParamNewEmail},
	KindPasswordChanged: {mailer.At, mailer.IP, mailer.Device},
}

// emailKindOf has the kind of the email that sendLink sends, by the purpose of the
// link.
var emailKindOf = map[onetime.Purpose]mailer.Kind{
	onetime.VerifyEmail:   KindVerifyEmail,
	onetime.ResetPassword: KindResetPassword,
	onetime.ConfirmEmail:  KindEmailConfirm,
}

// lifetimeInWords returns the lifetime of a link as emails show it.
func lifetimeInWords(d time.Duration) string {
	n, unit := int(d.Hours()), "hour"
	if n > 48 {
		n, unit = n/24, "day"
	}
	if n > 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// sendLink makes a link and enqueues the email with it to the address to, in the
// caller's transaction.
func (a *Accounts) sendLink(ctx context.Context, tx *pg.Tx, sc scope.Scope, purpose onetime.Purpose, user scope.User, to string) error {
	link, err := a.Onetime.Issue(ctx, tx, purpose, user.ID, to)
	if err != nil {
		return err
	}
	params := mailer.RequestParams(sc)
	params[mailer.Lifetime] = lifetimeInWords(onetime.Lifetime(purpose))
	return a.Mailer.Enqueue(ctx, tx, mailer.Email{
		Kind: emailKindOf[purpose], To: to, Name: user.Name, User: user.ID, Link: link.ID, Params: params,
	})
}

// notify enqueues an email that informs the user of a change to their account,
// with its time and client.
func (a *Accounts) notify(ctx context.Context, tx *pg.Tx, sc scope.Scope, kind mailer.Kind, user scope.User) error {
	return a.Mailer.Enqueue(ctx, tx, mailer.Email{
		Kind: kind, To: user.Email, Name: user.Name, User: user.ID, Params: mailer.RequestParams(sc),
	})
}
