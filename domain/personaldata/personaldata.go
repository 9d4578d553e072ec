// Package personaldata exports and erases the data of a user: the parts that the
// packages have added to userdata.
package personaldata

import (
	"context"

	"stoa/domain/accounts"
	"stoa/domain/audit"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/scope"
	"stoa/domain/userdata"
	"stoa/platform/pg"
)

// The security events of personal data.
const (
	eventExported audit.Event = "user.exported"
	eventErased   audit.Event = "user.closed"
)

func init() {
	audit.Describe(map[audit.Event]audit.Sentence{eventExported: {Text: "Data exported"}})
}

// KindAccountDeleted is the kind of the email about the deletion of an account.
const KindAccountDeleted mailer.Kind = "account_closed"

// Config has the dependencies of PersonalData.
type Config struct {
	DB       *pg.DB
	UserData *userdata.Parts
	Accounts *accounts.Accounts
	Mailer   *mailer.Mailer
}

// PersonalData exports and erases the data of users.
type PersonalData struct{ Config }

// New returns PersonalData. It registers the kind of its emails.
func New(c Config) *PersonalData {
	c.Mailer.Declare(mailer.Kinds{KindAccountDeleted: {mailer.At, mailer.IP, mailer.Device}})
	return &PersonalData{c}
}

// Data is an export: the data of each part, by the name of the part.
type Data map[string]any

// Export returns the data of the acting user, after Reauthenticate with their
// password. field is the name of the password's input field, for faults.
func (p *PersonalData) Export(ctx context.Context, sc scope.Scope, field, password string) (Data, error) {
	r, err := p.Accounts.Reauthenticate(ctx, sc, field, password)
	if err != nil {
		return nil, err
	}
	sc.User = &r.User
	data := Data{}
	err = p.DB.Tx(ctx, func(tx *pg.Tx) (err error) {
		for _, part := range p.UserData.All() {
			if part.Export == nil {
				continue
			}
			if data[part.Name], err = part.Export(ctx, tx, sc); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: eventExported, User: sc.User.ID})
	})
	return data, err
}

// Delete deletes the acting user's account with all parts, after Reauthenticate
// with their password. field is the name of the password's input field, for
// faults. Delete ends all sign-ins. Of the user's emails, only the email about the
// deletion is still sent.
func (p *PersonalData) Delete(ctx context.Context, sc scope.Scope, field, password string) error {
	r, err := p.Accounts.Reauthenticate(ctx, sc, field, password)
	if err != nil {
		return err
	}
	return p.DB.Tx(ctx, func(tx *pg.Tx) error {
		user, err := p.Accounts.LockReauthenticated(ctx, tx, r)
		if err != nil {
			return err
		}
		if err := p.erase(ctx, tx, sc, user); err != nil {
			return err
		}
		// The email has no user, because emails are erased with their user.
		return p.Mailer.Enqueue(ctx, tx, mailer.Email{
			Kind: KindAccountDeleted, To: user.Email, Name: user.Name, Params: mailer.RequestParams(sc),
		})
	})
}

// Disown is "This was not me" of a link that verifies an email address: it uses the
// link, and deletes the account with all parts when its email address was never
// verified. It reports whether it did. It sends no email: the owner of the mailbox does
// not have the account. For a link that does not work, see onetime.IsDead and
// onetime.AlreadyDone.
func (p *PersonalData) Disown(ctx context.Context, sc scope.Scope, purpose onetime.Purpose, token string) (Disowned, error) {
	var done Disowned
	err := p.DB.Tx(ctx, func(tx *pg.Tx) error {
		user, err := p.Accounts.Disown(ctx, tx, sc, purpose, token)
		if err != nil || user.EmailVerified {
			return err
		}
		done = Disowned{User: user.ID, Deleted: true}
		return p.erase(ctx, tx, sc, user)
	})
	return done, err
}

// Disowned is the result of Disown.
type Disowned struct {
	User    scope.UserID
	Deleted bool // the account
}

// erase deletes the account of the user with all parts. The caller has locked the user's
// row. sc is the scope of the client, which may be another user's.
func (p *PersonalData) erase(ctx context.Context, tx *pg.Tx, sc scope.Scope, user scope.User) error {
	own := sc.As(user, sc.Session)
	for _, part := range p.UserData.All() {
		if part.Erase == nil {
			continue
		}
		if err := part.Erase(ctx, tx, own); err != nil {
			return err
		}
	}
	if err := p.Accounts.Erase(ctx, tx, own); err != nil {
		return err
	}
	return audit.Record(ctx, tx, sc, audit.Entry{Event: eventErased, User: user.ID})
}
