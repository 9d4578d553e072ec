package accounts

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// emailKindOf are the letters that carry each kind of link.
var emailKindOf = map[onetime.Purpose]mailer.Kind{
	onetime.VerifyEmail:   mailer.VerifyEmail,
	onetime.ResetPassword: mailer.ResetPassword,
	onetime.ConfirmEmail:  mailer.EmailConfirm,
}

// lifetimeInWords says in letters how long the links that they carry work.
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

// sendLink makes a link for the address to and posts the letter that carries
// it, in the caller's transaction.
func (a *Accounts) sendLink(ctx context.Context, tx *pg.Tx, sc scope.Scope, purpose onetime.Purpose, p scope.User, to string) error {
	link, err := a.onetime.Issue(ctx, tx, purpose, p.ID, to)
	if err != nil {
		return err
	}
	facts := EmailParams(sc)
	facts[mailer.Lifetime] = lifetimeInWords(onetime.Lifetime(purpose))
	return a.mailer.Enqueue(ctx, tx, mailer.Email{
		Kind: emailKindOf[purpose], To: to, Name: p.Name, User: p.ID, Link: link.ID, Params: facts,
	})
}

// notify posts a letter that tells somebody what was done with their account,
// when and from where.
func (a *Accounts) notify(ctx context.Context, tx *pg.Tx, sc scope.Scope, kind mailer.Kind, p scope.User) error {
	return a.mailer.Enqueue(ctx, tx, mailer.Email{Kind: kind, To: p.Email, Name: p.Name, User: p.ID, Params: EmailParams(sc)})
}

// EmailParams are where and when something was done, as letters tell it.
func EmailParams(sc scope.Scope) map[string]string {
	return map[string]string{
		mailer.At: time.Now().UTC().Format("2 January 2006, 15:04 UTC"),
		mailer.IP: sc.Request.Addr.String(), mailer.Device: sc.Request.Device,
	}
}

// limitEmail counts a letter that somebody asks for: by the client's address,
// and by the mailbox it may reach, whether or not that has an account. What is
// counted is the same for both, and so is the refusal.
func (a *Accounts) limitEmail(ctx context.Context, sc scope.Scope, mailbox ...[]byte) error {
	if _, err := a.limits.Take(ctx, a.mail.Client, sc.Request.Client); err != nil {
		return err
	}
	key := hex.EncodeToString(a.keys.Sign("mail-limit", mailbox...)[:16])
	_, err := a.limits.Take(ctx, a.mail.Account, key)
	return err
}
