// Package personaldata exports and erases the data of a user. Every package that
// keeps such data provides a Part.
package personaldata

import (
	"context"

	"stoa/domain/accounts"
	"stoa/domain/audit"
	"stoa/domain/mailer"
	"stoa/domain/scope"
	"stoa/platform/pg"
)

// The security events of personal data.
const (
	eventExported audit.Event = "user.exported"
	eventErased   audit.Event = "user.closed"
)

// KindAccountDeleted is the kind of the email about the deletion of an account.
const KindAccountDeleted mailer.Kind = "account_closed"

// EmailKinds returns the kinds of emails about personal data with their
// parameters.
func EmailKinds() mailer.Kinds {
	return mailer.Kinds{KindAccountDeleted: {mailer.At, mailer.IP, mailer.Device}}
}

// Part is the data about a user in one package. The scope of its functions has the
// user as stored.
type Part struct {
	Name string
	// Export returns the data of the acting user, without secrets. It is nil when
	// another part has the data.
	Export func(context.Context, *pg.Tx, scope.Scope) (any, error)
	// Erase deletes the data of the acting user. It is nil when the data is deleted
	// with the row of the user, or must be kept.
	Erase func(context.Context, *pg.Tx, scope.Scope) error
}

// Config has the dependencies of PersonalData.
type Config struct {
	DB       *pg.DB
	Accounts *accounts.Accounts
	Mailer   *mailer.Mailer
	Parts    []Part // in the order of erasure; the user's row is last
}

// PersonalData exports and erases the data of users.
type PersonalData struct{ Config }

// New returns PersonalData.
func New(c Config) *PersonalData { return &PersonalData{c} }

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
		for _, part := range p.Parts {
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
		sc := sc.As(user, sc.Session)
		for _, part := range p.Parts {
			if part.Erase == nil {
				continue
			}
			if err := part.Erase(ctx, tx, sc); err != nil {
				return err
			}
		}
		// The email has no user, because emails are erased with their user.
		err = p.Mailer.Enqueue(ctx, tx, mailer.Email{
			Kind: KindAccountDeleted, To: user.Email, Name: user.Name, Params: mailer.RequestParams(sc),
		})
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, sc, audit.Entry{Event: eventErased, User: user.ID})
	})
}
