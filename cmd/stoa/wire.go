package main

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/storage/postgres/v3"

	"stoa/cmd/stoa/config"
	"stoa/domain"
	"stoa/domain/accounts"
	"stoa/domain/operators"
	"stoa/domain/passwords"
	"stoa/handlers"
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
	"stoa/platform/wiring"
	"stoa/views"
)

// audience is the aud claim of access tokens.
const audience = "stoa-api"

// productName is refused as a password.
const productName = "stoa"

// core has the domain and the parts of platform that it uses, without a web server.
type core struct {
	*domain.Domain
	operators *operators.Operators
	devmail   *devmail.Store // nil when a mail server is set
}

// wireCore creates the core, which reports its jobs and emails to obs unless that
// is nil. The close of the core stops what wireCore started.
func wireCore(ctx context.Context, cfg config.Config, conn *pg.DB, obs *observability) (*core, error) {
	files, err := fileStore(cfg)
	if err != nil {
		return nil, err
	}
	c := &core{}
	emails, err := c.wireMail(cfg, conn)
	if err != nil {
		return nil, err
	}
	queue, err := jobs.New(ctx, obs.jobsConfig(conn))
	if err != nil {
		return nil, err
	}
	keys := secret.NewKeys(secret.KeysConfig{Current: cfg.SecretKey, Previous: cfg.SecretKeyPrevious})
	c.Domain = domain.New(domain.Config{
		DB:         conn,
		Jobs:       queue,
		Keys:       keys,
		Hasher:     secret.NewHasher(secret.HasherConfig{Cost: cfg.BcryptCost}),
		Limits:     limit.New(limit.Config{DB: conn}),
		Signer:     signing.New(signing.Config{DB: conn, Keys: keys, Issuer: string(cfg.BaseURL), Audience: audience}),
		Files:      files,
		Pictures:   picture.New(),
		BaseURL:    string(cfg.BaseURL),
		Mail:       emails.transport,
		MailHost:   emails.host,
		RenderMail: emails.render,

		PasswordRules: passwords.Rules{
			MinLength: cfg.PasswordMinLength, Blocklist: cfg.PasswordBlocklist == config.On, Product: productName,
		},
		Rates: domain.Rates{
			Account:  cfg.LimitAccount,
			Mail:     accounts.MailLimits{Account: cfg.LimitMailAccount, Client: cfg.LimitMailIP},
			Refresh:  cfg.LimitRefresh,
			Register: cfg.LimitRegister,
			Login:    cfg.LimitLogin,
		},
		ObserveMail:   obs.finished,
		MailFailed:    obs.mailFailed,
		ObserveSignIn: obs.signedIn,
	})
	c.operators = operators.New(wiring.Checked(operators.Config{DB: conn, Accounts: c.Accounts, Sessions: c.Sessions, Onetime: c.Onetime, Signer: c.Signer}))
	return c, nil
}

func (c *core) close() {
	c.Hasher.Close()
	c.Pictures.Close()
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
func wireSite(ctx context.Context, cfg config.Config, c *core, obs *observability, templates func() (fiber.Views, error)) (*fiber.App, *transport.Transport, error) {
	g, err := wireGate(ctx, cfg, c, obs)
	if err != nil {
		return nil, nil, err
	}
	pages, err := templates()
	if err != nil {
		return nil, nil, err
	}
	return handlers.NewServer(wiring.Checked(handlers.Config{
		Gate:       g,
		Domain:     c.Domain,
		Devmail:    c.devmail,
		Reference:  reference.New(reference.Config{BaseURL: string(cfg.BaseURL), Engine: pages}),
		Operations: wireOperations(cfg, c, obs, g.Transport),
		Views:      pages,
	})), g.Transport, nil
}

// wireGate creates the transport of a process with an HTTP server, and the
// gate that uses it.
func wireGate(ctx context.Context, cfg config.Config, c *core, obs *observability) (*gate.Gate, error) {
	base, err := url.Parse(string(cfg.BaseURL))
	if err != nil {
		return nil, err
	}
	storage, err := sessionStorage(ctx, c.DB)
	if err != nil {
		return nil, err
	}
	return gate.New(wiring.Checked(gate.Config{
		Transport: transport.New(wiring.Checked(transport.Config{
			BaseURL: base, Production: cfg.Production(), Trusted: []netip.Prefix(cfg.TrustedProxies), Assets: cfg.AssetURL.Origin(),
			Metrics: obs.metrics.HTTP, Traces: obs.traces, Reports: obs.reports,
		})),
		Origins: []string(cfg.AllowedOrigins), Storage: storage, Sessions: c.Sessions, Keys: c.Keys, Limits: c.Limits, API: cfg.LimitAPI,
	})), nil
}

// wireOperations creates the operators' routes.
func wireOperations(cfg config.Config, c *core, obs *observability, t *transport.Transport) *handlers.Operations {
	return handlers.NewOperations(wiring.Checked(handlers.OperationsConfig{
		DB: c.DB, Migrations: migrations.FS, Jobs: c.Jobs, Transport: t, Version: version,
		Metrics: obs.metrics, MetricsToken: string(cfg.MetricsToken),
	}))
}

// sessionStorage returns the storage of Fiber's session middleware, with our
// table and pool. Its own cleanup has an interval beyond any uptime: expired rows
// must stay for a while, and a job deletes them. The constructor panics when a
// query fails, which sessionStorage returns as an error.
func sessionStorage(ctx context.Context, conn *pg.DB) (storage *postgres.Storage, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("session storage: %v", p)
		}
	}()
	in, err := conn.Schemas(ctx)
	if err != nil {
		return nil, err
	}
	return postgres.New(postgres.Config{DB: conn.Pool(), Table: in.Tables + ".sessions", GCInterval: 10 * 365 * 24 * time.Hour}), nil
}
