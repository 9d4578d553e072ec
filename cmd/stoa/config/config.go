// Package config holds every setting of the program: it reads, checks and
// explains them.
package config

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"stoa/platform/blob"
	"stoa/platform/limit"
)

// Config has every setting of the program, read once at the start. The tags
// describe a setting completely. env is the name of its variable and envDefault
// its default. When complete computes the default from other settings, the tag
// default describes it for the help. wants is the sentence of a refusal, and help
// the line in `stoa help serve`.
type Config struct {
	Env     environment `env:"APP_ENV" envDefault:"development" wants:"development or production" help:"development or production"`
	Host    hostName    `env:"HOST" default:"127.0.0.1, in production 0.0.0.0" wants:"an IP address or a host name" help:"address to listen on; in development a loopback address"`
	Port    uint16      `env:"PORT" envDefault:"3000" wants:"a number from 0 to 65535" help:"port to listen on; 0 takes any free one"`
	BaseURL origin      `env:"BASE_URL" default:"http://localhost:$PORT in development" wants:"http:// or https://, a host and perhaps a port, and nothing behind it" help:"public address, for links, redirects and cookies; required in production, and https unless it is a loopback address; in development a loopback address"`

	DatabaseURL      secretURL `env:"DATABASE_URL" default:"a private server in development" wants:"a PostgreSQL address such as postgres://user:password@host:5432/database" help:"the database, as the role the program works as; required in production unless EMBEDDED_DATABASE=on"`
	DatabaseOwnerURL secretURL `env:"DATABASE_OWNER_URL" default:"DATABASE_URL" wants:"a PostgreSQL address such as postgres://user:password@host:5432/database" help:"the same database, as the role that owns the tables and runs migrations"`
	EmbeddedDatabase OnOff     `env:"EMBEDDED_DATABASE" default:"on in development, no DATABASE_URL" wants:"on or off" help:"on: run a private PostgreSQL under DATA_DIR"`
	DataDir          string    `env:"DATA_DIR" envDefault:".stoa" wants:"a directory" help:"private database, local files, generated development secrets"`
	PGBin            string    `env:"STOA_PG_BIN" default:"searched for" wants:"the directory of PostgreSQL's programs" help:"directory of the PostgreSQL programs that the private server runs"`

	SecretKey         SecretKey `env:"SECRET_KEY" default:"generated in development" wants:"32 or more random bytes in base64, as openssl rand -base64 32 prints them" help:"32 or more random bytes in base64, from which every key is derived; generated under DATA_DIR in development, required in production"`
	SecretKeyPrevious SecretKey `env:"SECRET_KEY_PREVIOUS" default:"none" wants:"32 or more random bytes in base64, as openssl rand -base64 32 prints them" help:"the SECRET_KEY before this one, still accepted while it is rotated; never a leaked one"`

	DBMaxConns       int32         `env:"DB_MAX_CONNS" envDefault:"20" wants:"a number from 1 to 10000" help:"most connections in the pool"`
	DBMinConns       int32         `env:"DB_MIN_CONNS" default:"5, or DB_MAX_CONNS when that is less" wants:"a number from 0 to DB_MAX_CONNS" help:"connections kept open"`
	DBAcquireTimeout time.Duration `env:"DB_ACQUIRE_TIMEOUT" envDefault:"3s" wants:"a time above zero such as 3s" help:"longest wait for a free connection"`
	StartTimeout     time.Duration `env:"START_TIMEOUT" envDefault:"30s" wants:"a time such as 30s; 0s does not wait" help:"longest wait at the start for a database that does not accept connections yet"`
	DBIdleTimeout    time.Duration `env:"DB_IDLE_TIMEOUT" envDefault:"600s" wants:"a time above zero such as 600s" help:"an unused connection is closed after this"`
	DBMaxLifetime    time.Duration `env:"DB_MAX_LIFETIME" envDefault:"1800s" wants:"a time above zero such as 1800s" help:"every connection is replaced after this"`

	SMTPURL  smtpURL `env:"SMTP_URL" default:"none" wants:"a mail server's address such as smtp://user:password@host:587 or smtps://user:password@host" help:"the mail server; required in production, in development mail is kept in the database without it and read at /dev/mail"`
	MailFrom sender  `env:"MAIL_FROM" default:"Stoa <stoa@localhost> without SMTP_URL" wants:"an address such as Stoa <hello@example.com>" help:"who the mail is from; required beside SMTP_URL"`

	Workers  OnOff  `env:"WORKERS" envDefault:"on" wants:"on or off" help:"on: do background jobs beside serving; off: leave them to stoa work"`
	WorkPort uint16 `env:"WORK_PORT" envDefault:"0" wants:"a number from 0 to 65535" help:"port on HOST at which stoa work answers /health, /health/live and /metrics; 0: at none"`

	TrustedProxies prefixes `env:"TRUSTED_PROXIES" default:"none" wants:"networks such as 10.0.0.0/8,fd00::/8" help:"networks, separated by commas, whose X-Forwarded-For and X-Forwarded-Proto are believed"`
	AllowedOrigins origins  `env:"ALLOWED_ORIGINS" default:"none" wants:"exact origins such as https://app.example.com or capacitor://localhost, separated by commas, without path and without *" help:"origins, separated by commas, whose pages may call /api (CORS)"`

	Blob            blob.Location `env:"BLOB_URL" envDefault:"file" wants:"file, or s3://bucket with perhaps ?endpoint=https://host&region=name and no keys in it" help:"where files such as pictures lie: file is a directory under DATA_DIR, s3://bucket?endpoint=https://host&region=name a bucket of an S3 server"`
	AWSKeyID        string        `env:"AWS_ACCESS_KEY_ID" default:"none" wants:"the id of an S3 key" help:"key for the bucket of BLOB_URL; required with one"`
	AWSSecretKey    secretText    `env:"AWS_SECRET_ACCESS_KEY" default:"none" wants:"the secret of an S3 key" help:"secret of that key; required with a bucket"`
	AWSSessionToken secretText    `env:"AWS_SESSION_TOKEN" default:"none" wants:"the session token of an S3 key" help:"session token, when the key is a temporary one"`
	AssetURL        assetPrefix   `env:"ASSET_URL" default:"none" wants:"https:// or http://, a host and perhaps a path, without a slash at the end" help:"prefix for style sheets, scripts, font and icons, such as that of a CDN; pages then load them from that origin as well"`

	LogLevel  logLevel  `env:"LOG_LEVEL" envDefault:"info" wants:"debug, info, warn or error" help:"debug, info, warn or error"`
	LogFormat logFormat `env:"LOG_FORMAT" default:"pretty, in production json" wants:"pretty or json" help:"pretty or json"`

	MetricsToken secretText   `env:"METRICS_TOKEN" default:"none" wants:"a token of visible characters, in production 16 or more" help:"what /metrics wants as Authorization: Bearer; without it /metrics answers in development only"`
	SentryDSN    sentryDSN    `env:"SENTRY_DSN" default:"none" wants:"an address such as https://key@errors.example.com/1" help:"where panics and internal errors are reported to, Sentry or one that understands its protocol"`
	OTLPEndpoint otlpEndpoint `env:"OTEL_EXPORTER_OTLP_ENDPOINT" default:"none" wants:"an address such as http://localhost:4318" help:"where traces are sent to, by OTLP over HTTP"`

	LimitLogin       limit.Limit `env:"LIMIT_LOGIN" envDefault:"5/1m" wants:"a count and a time such as 5/1m" help:"sign-ins per client address"`
	LimitAccount     limit.Limit `env:"LIMIT_ACCOUNT" envDefault:"10/1h" wants:"a count and a time such as 10/1h" help:"failed sign-ins per account"`
	LimitRegister    limit.Limit `env:"LIMIT_REGISTER" envDefault:"3/1h" wants:"a count and a time such as 3/1h" help:"registrations per client address"`
	LimitMailAccount limit.Limit `env:"LIMIT_MAIL_ACCOUNT" envDefault:"3/1h" wants:"a count and a time such as 3/1h" help:"emails of a kind that users can cause, per account and per mailbox that is not verified"`
	LimitMailIP      limit.Limit `env:"LIMIT_MAIL_IP" envDefault:"10/1h" wants:"a count and a time such as 10/1h" help:"the same, per client address"`
	LimitRefresh     limit.Limit `env:"LIMIT_REFRESH" envDefault:"30/1m" wants:"a count and a time such as 30/1m" help:"token refreshes per client address"`
	LimitAPI         limit.Limit `env:"LIMIT_API" envDefault:"100/1m" wants:"a count and a time such as 100/1m" help:"API calls per user, or per client address when anonymous; like every limit off in development only"`

	PasswordMinLength int   `env:"PASSWORD_MIN_LENGTH" envDefault:"12" wants:"a number from 8 to 64" help:"fewest characters of a new password, 8 to 64"`
	PasswordBlocklist OnOff `env:"PASSWORD_BLOCKLIST" envDefault:"on" wants:"on or off" help:"on: refuse common passwords, the product's name and the person's own address"`
	BcryptCost        int   `env:"BCRYPT_COST" envDefault:"12" wants:"a number from 10 to 15" help:"cost of a password hash, 10 to 15; each step doubles its time"`
}

// Load reads the settings from environ ("NAME=value" each) and, in
// development, from dir/.env; environ takes precedence. Relative directories
// are under dir. Load returns all problems, not just the first. The Config is
// valid only when there are none.
func Load(environ []string, dir string) (Config, []Problem) {
	var found problems
	vars := variables(environ)
	found.readFiles(vars)
	found.readDotEnv(vars, dir)
	found.quoted(vars)
	trimSecrets(vars)
	cfg := Config{}
	found.parse(&cfg, vars)
	found.misspelled(vars)
	cfg.complete(vars, dir)
	cfg.check(&found)
	return cfg, found.inOrder()
}

// variables turns environ into a map. The last value of a repeated name wins. A
// value loses its line breaks at the end, which files of secrets have.
func variables(environ []string) map[string]string {
	vars := make(map[string]string, len(environ))
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok {
			vars[name] = strings.TrimRight(value, "\r\n")
		}
	}
	return vars
}

// parse fills cfg from vars and adds a problem for each value that its type
// refuses.
func (p *problems) parse(cfg *Config, vars map[string]string) {
	err := env.ParseWithOptions(cfg, env.Options{Environment: vars})
	var all env.AggregateError
	if !errors.As(err, &all) {
		return
	}
	for _, one := range all.Errors {
		var refused env.ParseError
		if !errors.As(one, &refused) {
			p.add("settings", one.Error()) // an error in the tags of Config, which the tests find
			continue
		}
		field, _ := reflect.TypeFor[Config]().FieldByName(refused.Name)
		name := field.Tag.Get("env")
		p.add(name, refusal(field, vars, refused.Err))
	}
}

// complete sets the defaults that depend on other settings.
func (c *Config) complete(vars map[string]string, dir string) {
	production := c.Production()
	c.LimitLogin.Name, c.LimitAccount.Name, c.LimitRegister.Name = "login", "account", "register"
	c.LimitMailAccount.Name, c.LimitMailIP.Name = "mail_account", "mail_ip"
	c.LimitRefresh.Name, c.LimitAPI.Name = "refresh", "api"
	fill(&c.Host, "127.0.0.1", "0.0.0.0", production)
	fill(&c.LogFormat, logPretty, JSON, production)
	if c.BaseURL == "" && c.Port != 0 && !production {
		c.SetPort(c.Port)
	}
	if vars["DB_MIN_CONNS"] == "" {
		c.DBMinConns = min(5, c.DBMaxConns)
	}
	if c.EmbeddedDatabase == "" {
		fill(&c.EmbeddedDatabase, On, Off, production || c.DatabaseURL != "")
	}
	if c.DatabaseOwnerURL == "" {
		c.DatabaseOwnerURL = c.DatabaseURL
	}
	if c.SMTPURL == "" && c.MailFrom == "" {
		c.MailFrom = localSender
	}
	if !filepath.IsAbs(c.DataDir) {
		c.DataDir = filepath.Join(dir, c.DataDir)
	}
}

// fill sets an empty *value to other if when is true, else to usual.
func fill[T ~string](value *T, usual, other T, when bool) {
	switch {
	case *value != "":
	case when:
		*value = other
	default:
		*value = usual
	}
}

// Production reports whether APP_ENV is production.
func (c *Config) Production() bool { return c.Env == production }

// Secure reports whether BASE_URL is an https URL.
func (c *Config) Secure() bool { return strings.HasPrefix(string(c.BaseURL), "https://") }

// Addr returns the host:port to listen on.
func (c *Config) Addr() string {
	return net.JoinHostPort(string(c.Host), strconv.Itoa(int(c.Port)))
}

// SetPort sets the port that the listener has. With PORT=0 and no BASE_URL,
// the default of BASE_URL is known only then.
func (c *Config) SetPort(port uint16) {
	if c.BaseURL == "" {
		c.BaseURL = origin(fmt.Sprintf("http://localhost:%d", port))
	}
}
