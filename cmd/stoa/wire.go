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
	"stoa/domain/avatars"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
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

// audience is who our access tokens are for.
const audience = "stoa-api"

// productName is what nobody may use as a password.
const productName = "stoa"

// core is the business on its technique, without a web server.
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
}

// wireCore makes the core, which reports its jobs and emails to seen unless that
// is nil. The core's close ends what wireCore started.
func wireCore(cfg config.Config, conn *pg.DB, seen *observability) (*core, error) {
	files, err := fileStore(cfg)
	if err != nil {
		return nil, err
	}
	c := &core{conn: conn, keys: secret.NewKeys(secret.KeysConfig{Current: cfg.SecretKey, Previous: cfg.SecretKeyPrevious})}
	c.hasher = secret.NewHasher(secret.HasherConfig{Cost: cfg.BcryptCost})
	c.limits = limit.New(limit.Config{DB: conn})
	c.signer = signing.New(signing.Config{DB: conn, Keys: c.keys, Issuer: string(cfg.BaseURL), Audience: audience})
	c.onetime = onetime.New(conn, c.keys, string(cfg.BaseURL))
	if err := c.wireMail(cfg, seen); err != nil {
		return nil, err
	}
	c.sessions = sessions.New(sessions.Config{DB: conn, Keys: c.keys, Signer: c.signer, Limits: c.limits, Refreshes: cfg.LimitRefresh})
	c.processor = picture.New()
	c.avatars = avatars.New(conn, files, c.processor)
	c.accounts = accounts.New(accounts.Config{
		DB: conn, Sessions: c.sessions, Avatars: c.avatars, Onetime: c.onetime, Mailer: c.mailer, Jobs: c.jobs, Hasher: c.hasher, Keys: c.keys,
		Limits: c.limits, Attempts: cfg.LimitAccount,
		Mail: accounts.MailLimits{Account: cfg.LimitMailAccount, Client: cfg.LimitMailIP},
		Rules: accounts.PasswordRules{
			MinLength: cfg.PasswordMinLength, Blocklist: cfg.PasswordBlocklist == config.On, Product: productName,
		},
	})
	c.cleanup()
	return c, nil
}

func (c *core) close() {
	c.hasher.Close()
	c.processor.Close()
}

// fileStore is where files lie beside the database.
func fileStore(cfg config.Config) (blob.Store, error) {
	return blob.New(blob.Config{
		Location: cfg.Blob, Dir: filepath.Join(cfg.DataDir, "files"),
		Keys: blob.Keys{ID: cfg.AWSKeyID, Secret: string(cfg.AWSSecretKey), Session: string(cfg.AWSSessionToken)},
	})
}

// loadTemplates begins to read the templates and returns how to wait for them: it
// takes a while, in which the database can be asked.
func loadTemplates(cfg config.Config) func() (fiber.Views, error) {
	pages := sync.OnceValues(func() (fiber.Views, error) { return views.Engine(string(cfg.AssetURL)) })
	go func() { _, _ = pages() }() // whoever waits for them hears of an error
	return pages
}

// wireSite makes the web server on the core.
func wireSite(cfg config.Config, c *core, seen *observability, templates func() (fiber.Views, error)) (*fiber.App, *transport.Transport, error) {
	g, err := wireGate(cfg, c, seen)
	if err != nil {
		return nil, nil, err
	}
	doors := signin.New(signin.Config{
		DB: c.conn, Accounts: c.accounts, Sessions: c.sessions, Mailer: c.mailer, Keys: c.keys, Limits: c.limits,
		Register: cfg.LimitRegister, Login: cfg.LimitLogin, Observe: seen.signedIn,
	})
	pages, err := templates()
	if err != nil {
		return nil, nil, err
	}
	return handlers.NewServer(handlers.Config{
		Gate: g,
		Pages: browser.New(browser.Config{
			Accounts: c.accounts, Avatars: c.avatars, Sessions: c.sessions, Onetime: c.onetime, Signin: doors, Devmail: c.devmail,
		}),
		API:        api.New(api.Config{Accounts: c.accounts, Sessions: c.sessions, Signin: doors, Signer: c.signer}),
		Reference:  reference.New(reference.Config{BaseURL: string(cfg.BaseURL), Engine: pages}),
		Operations: wireOperations(cfg, c, seen, g.Transport),
		Views:      pages,
	}), g.Transport, nil
}

// wireGate creates the transport of a process with an HTTP server, and the
// gate that uses it.
func wireGate(cfg config.Config, c *core, seen *observability) (*gate.Gate, error) {
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
			Metrics: seen.metrics.HTTP, Traces: seen.traces, Reports: seen.reports,
		}),
		Origins: []string(cfg.AllowedOrigins), Storage: storage, Sessions: c.sessions, Keys: c.keys, Limits: c.limits, API: cfg.LimitAPI,
	}), nil
}

// wireOperations creates the operators' routes.
func wireOperations(cfg config.Config, c *core, seen *observability, t *transport.Transport) *handlers.Operations {
	return handlers.NewOperations(handlers.OperationsConfig{
		DB: c.conn, Migrations: migrations.FS, Jobs: c.jobs, Transport: t, Version: version,
		Metrics: seen.metrics, MetricsToken: string(cfg.MetricsToken),
	})
}

// sessionStorage is the storage of Fiber's session middleware on our table and
// pool. Its own clean-up is put off beyond any uptime: ended rows must stay a
// while, and a job deletes them. It panics where it cannot ask the database.
func sessionStorage(conn *pg.DB) (storage *postgres.Storage, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("session storage: %v", p)
		}
	}()
	return postgres.New(postgres.Config{DB: conn.Pool(), Table: "sessions", GCInterval: 10 * 365 * 24 * time.Hour}), nil
}
