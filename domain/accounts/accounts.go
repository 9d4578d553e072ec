// Package accounts keeps users' accounts: registration, profile, password and
// email address. Package signin has sign-in.
package accounts

import (
	"context"

	"stoa/db"
	"stoa/domain/audit"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/passwords"
	"stoa/domain/sessions"
	"stoa/domain/userdata"
	"stoa/platform/fault"
	"stoa/platform/jobs"
	"stoa/platform/limit"
	"stoa/platform/pg"
	"stoa/platform/secret"
)

// The security events of accounts.
const (
	eventRegistered      audit.Event = "user.registered"
	eventUpdated         audit.Event = "user.updated"
	eventEmailVerified   audit.Event = "email.verified"
	eventEmailRequested  audit.Event = "email.requested" // a new address, not confirmed yet
	eventEmailCancelled  audit.Event = "email.cancelled" // the new address
	eventEmailDisowned   audit.Event = "email.disowned"  // "This was not me", by a link
	eventEmailChanged    audit.Event = "email.changed"
	eventEmailRestored   audit.Event = "email.restored"
	eventPasswordChanged audit.Event = "password.changed"
	eventPasswordRefused audit.Event = "password.refused"
	EventSigninFailed    audit.Event = "signin.failed"

	// EventResetRequested is also recorded by package operators.
	EventResetRequested audit.Event = "reset.requested"
)

func init() {
	audit.Describe(map[audit.Event]audit.Sentence{
		eventRegistered:      {Text: "Account created"},
		eventUpdated:         {Text: "Profile changed"},
		eventEmailVerified:   {Text: "Email address verified"},
		eventEmailRequested:  {Text: "Change of email address requested"},
		eventEmailCancelled:  {Text: "Change of email address cancelled"},
		eventEmailDisowned:   {Text: "The owner of an email address refused our link"},
		eventEmailChanged:    {Text: "Email address changed"},
		eventEmailRestored:   {Text: "Change of email address undone"},
		eventPasswordChanged: {Text: "Password changed"},
		eventPasswordRefused: {Text: "Wrong password in a form", Several: "%d wrong passwords in a form", Warns: true},
		EventSigninFailed:    {Text: "Wrong password", Several: "%d wrong passwords", Warns: true},
		EventResetRequested:  {Text: "Password reset requested"},
	})
}

// Accounts creates and changes accounts.
type Accounts struct {
	Config
	queries *db.Queries
}

// Config has the dependencies and limits of Accounts.
type Config struct {
	DB       *pg.DB
	UserData *userdata.Parts
	Sessions *sessions.Sessions
	Onetime  *onetime.Links
	Mailer   *mailer.Mailer
	Hasher   *secret.Hasher
	Keys     *secret.Keys
	Limits   *limit.Limits
	Attempts limit.Limit // wrong passwords per account
	Mail     MailLimits
	Jobs     *jobs.Jobs
	Rules    passwords.Rules
}

// MailLimits limit the emails that clients can request.
type MailLimits struct {
	Account limit.Limit // per account
	Client  limit.Limit // per client IP address
}

// New returns Accounts. It registers the jobs of reset requests, the kinds of its
// emails, and the part of a user's data.
func New(c Config) *Accounts {
	c.Attempts.Clearable = true // a reset clears the count
	a := &Accounts{Config: c, queries: db.New()}
	jobs.Handle(c.Jobs, jobs.Handler[resetRequest]{Work: func(ctx context.Context, r resetRequest) error {
		return a.AnswerResetRequest(ctx, r.Request)
	}})
	c.Jobs.Sweep(jobs.Daily, jobs.Sweep{What: "reset_requests", Delete: a.ExpireResetRequests})
	c.Mailer.Declare(emailKinds)
	c.UserData.Add(userdata.Part{Name: "user", Shown: "your profile", Tables: []string{"users"}, Export: a.Export})
	return a
}

// MinPassword returns the minimum length of a password in characters.
func (a *Accounts) MinPassword() int { return a.Rules.MinLength }

func emailTaken() error {
	return &fault.Error{
		Kind: fault.Conflict, Code: "email_taken", Message: "This email address has an account already.",
		Fields: []fault.Field{{Name: "email", Code: "email_taken", Message: "This email address has an account already. Sign in instead, or use another address."}},
	}
}

// Deleted returns the fault for a request of an account that was deleted during the
// request.
func Deleted() error {
	return &fault.Error{Kind: fault.Unauthenticated, Code: "invalid_token", Message: "This account is closed."}
}
