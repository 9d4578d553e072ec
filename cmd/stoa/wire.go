package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/storage/postgres/v3"

	"stoa/cmd/stoa/config"
	"stoa/domain/accounts"
	"stoa/domain/audit"
	"stoa/domain/avatars"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/operators"
	"stoa/domain/passwords"
	"stoa/domain/personaldata"
	"stoa/domain/sessions"
	"stoa/domain/signin"
	"stoa/handlers"
	"stoa/handlers/api"
	"stoa/handlers/browser"
	"stoa/handlers/gate"
	"stoa/handlers/reference"
	"stoa/handlers/transport"
	"stoa/migrations"
	"stoa/platform/blob"
	"stoa/platform/devmail"
	"stoa/platform/jobs"
	"stoa/platform/limit"
	"stoa/platform/pg"
	"stoa/platform/picture"
	"stoa/platform/secret"
	"stoa/platform/signing"
	"stoa/views"
)

// audience is the aud claim of access tokens.
const audience = "stoa-api"

// productName is refused as a password.
const productName = "stoa"

// core has the domain packages and the parts of platform that they use, without a
// web server.
type core struct {
	conn      *pg.DB
	keys      *secret.Keys
	hasher    *secret.Hasher
	limits    *limit.Limits
	signer    *signing.Signer
	jobs      *jobs.Jobs
	devmail   *devmail.Store // nil when a mail server is set
	mailer    *mailer.Mailer
	sessions  *sessions.Sessions
	processor *picture.Processor
	avatars   *avatars.Avatars
	onetime   *onetime.Links
	accounts  *accounts.Accounts
	operators *operators.Operators
	personal  *personaldata.PersonalData
}

// wireCore creates the core, which reports its jobs and emails to obs unless that
// is nil. The close of the core stops what wireCore started.
func wireCore(cfg config.Config, conn *pg.DB, obs *observability) (*core, error) {
	files, err := fileStore(cfg)
	if err != nil {
		return nil, err
	}
	c := &core{conn: conn, keys: secret.NewKeys(secret.KeysConfig{Current: cfg.SecretKey, Previous: cfg.SecretKeyPrevious})}
	c.hasher = secret.NewHasher(secret.HasherConfig{Cost: cfg.BcryptCost})
	c.limits = limit.New(limit.Config{DB: conn})
	c.signer = signing.New(signing.Config{DB: conn, Keys: c.keys, Issuer: string(cfg.BaseURL), Audience: audience})
	c.onetime = onetime.New(onetime.Config{DB: conn, Keys: c.keys, Base: string(cfg.BaseURL)})
	if err := c.wireMail(cfg, obs); err != nil {
		return nil, err
	}
	c.sessions = sessions.New(sessions.Config{DB: conn, Keys: c.keys, Signer: c.signer, Limits: c.limits, Refreshes: cfg.LimitRefresh})
	c.accounts = accounts.New(accounts.Config{
		DB: conn, Sessions: c.sessions, Onetime: c.onetime, Mailer: c.mailer, Jobs: c.jobs, Hasher: c.hasher, Keys: c.keys,
		Limits: c.limits, Attempts: cfg.LimitAccount,
		Mail: accounts.MailLimits{Account: cfg.LimitMailAccount, Client: cfg.LimitMailIP},
		Rules: passwords.Rules{
			MinLength: cfg.PasswordMinLength, Blocklist: cfg.PasswordBlocklist == config.On, Product: productName,
		},
	})
	c.processor = picture.New()
	c.avatars = avatars.New(avatars.Config{DB: conn, Files: files, Processor: c.processor})
	c.operators = operators.New(operators.Config{DB: conn, Accounts: c.accounts, Sessions: c.sessions, Onetime: c.onetime})
	c.wirePersonalData()
	c.cleanup()
	return c, nil
}

// wirePersonalData lists the parts of a user's data in the order of their erasure.
// Foreign keys delete the sign-ins and links of a user; security events are kept.
func (c *core) wirePersonalData() {
	c.personal = personaldata.New(personaldata.Config{DB: c.conn, Accounts: c.accounts, Mailer: c.mailer, Parts: []personaldata.Part{
		{Name: "sessions", Export: c.sessions.Export},
		{Name: "links", Export: c.onetime.Export},
		{Name: "emails", Export: c.mailer.Export, Erase: c.mailer.Erase},
		{Name: "events", Export: audit.Export},
		{Name: "avatar", Erase: c.avatars.Erase},
		{Name: "user", Export: c.accounts.Export, Erase: c.accounts.Erase},
	}})
}

func (c *core) close() {
	c.hasher.Close()
	c.processor.Close()
}

// fileStore returns the store of files such as pictures.
func fileStore(cfg config.Config) (blob.Store, error) {
	return blob.New(blob.Config{
		Location: cfg.Blob, Dir: filepath.Join(cfg.DataDir, "files"),
		Keys: blob.Keys{ID: cfg.AWSKeyID, Secret: string(cfg.AWSSecretKey), Session: string(cfg.AWSSessionToken)},
	})
}

// loadTemplates starts to parse the templates and returns a function that waits
// for them. serve queries the database in the meantime.
func loadTemplates(cfg config.Config) func() (fiber.Views, error) {
	pages := sync.OnceValues(func() (fiber.Views, error) { return views.Engine(string(cfg.AssetURL)) })
	go func() { _, _ = pages() }() // the function returns the error
	return pages
}

// wireSite creates the web server.
func wireSite(cfg config.Config, c *core, obs *observability, templates func() (fiber.Views, error)) (*fiber.App, *transport.Transport, error) {
	g, err := wireGate(cfg, c, obs)
	if err != nil {
		return nil, nil, err
	}
	authenticator := signin.New(signin.Config{
		DB: c.conn, Accounts: c.accounts, Sessions: c.sessions, Mailer: c.mailer, Keys: c.keys, Limits: c.limits,
		Register: cfg.LimitRegister, Login: cfg.LimitLogin, Observe: obs.signedIn,
	})
	pages, err := templates()
	if err != nil {
		return nil, nil, err
	}
	return handlers.NewServer(handlers.Config{
		Gate: g,
		Pages: browser.New(browser.Config{
			Accounts: c.accounts, Avatars: c.avatars, PersonalData: c.personal, Sessions: c.sessions, Onetime: c.onetime, Signin: authenticator, Devmail: c.devmail,
		}),
		API:        api.New(api.Config{Accounts: c.accounts, PersonalData: c.personal, Sessions: c.sessions, Signin: authenticator, Signer: c.signer}),
		Reference:  reference.New(reference.Config{BaseURL: string(cfg.BaseURL), Engine: pages}),
		Operations: wireOperations(cfg, c, obs, g.Transport),
		Views:      pages,
	}), g.Transport, nil
}

// wireGate creates the transport of a process with an HTTP server, and the
// gate that uses it.
func wireGate(cfg config.Config, c *core, obs *observability) (*gate.Gate, error) {
	base, err := url.Parse(string(cfg.BaseURL))
	if err != nil {
		return nil, err
	}
	storage, err := sessionStorage(c.conn)
	if err != nil {
		return nil, err
	}
	return gate.New(gate.Config{
		Transport: transport.New(transport.Config{
			BaseURL: base, Production: cfg.Production(), Trusted: []netip.Prefix(cfg.TrustedProxies), Assets: cfg.AssetURL.Origin(),
			Metrics: obs.metrics.HTTP, Traces: obs.traces, Reports: obs.reports,
		}),
		Origins: []string(cfg.AllowedOrigins), Storage: storage, Sessions: c.sessions, Keys: c.keys, Limits: c.limits, API: cfg.LimitAPI,
	}), nil
}

// wireOperations creates the operators' routes.
func wireOperations(cfg config.Config, c *core, obs *observability, t *transport.Transport) *handlers.Operations {
	return handlers.NewOperations(handlers.OperationsConfig{
		DB: c.conn, Migrations: migrations.FS, Jobs: c.jobs, Transport: t, Version: version,
		Metrics: obs.metrics, MetricsToken: string(cfg.MetricsToken),
	})
}

// sessionStorage returns the storage of Fiber's session middleware, with our
// table and pool. Its own cleanup has an interval beyond any uptime: expired rows
// must stay for a while, and a job deletes them. The constructor panics when a
// query fails, which sessionStorage returns as an error.
func sessionStorage(conn *pg.DB) (storage *postgres.Storage, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("session storage: %v", p)
		}
	}()
	return postgres.New(postgres.Config{DB: conn.Pool(), Table: "sessions", GCInterval: 10 * 365 * 24 * time.Hour}), nil
}
