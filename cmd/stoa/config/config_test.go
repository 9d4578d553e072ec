package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/joho/godotenv"

	"stoa/platform/limit"
)

// A key and a URL that are valid in production.
const (
	validKey = "q83vEjRWeJCrze8SNFZ4kN0SqsyIB1mv0uT5PmGcXyg="
	validURL = "postgres://stoa:Xk2pQ9vL@db.internal:5432/stoa"
)

// inProduction returns settings that are valid in production, changed by more.
func inProduction(more ...string) []string {
	return append([]string{"APP_ENV=production", "BASE_URL=https://stoa.example.com", "SECRET_KEY=" + validKey, "DATABASE_URL=" + validURL,
		"SMTP_URL=smtp://stoa:hunter2hunter2@mail.example.com", "MAIL_FROM=Stoa <hello@example.com>"}, more...)
}

func lines(list []Problem) []string {
	var all []string
	for _, p := range list {
		all = append(all, p.String())
	}
	return all
}

// mustLoad returns the configuration of environ, which must have no problems.
func mustLoad(t *testing.T, environ []string) Config {
	t.Helper()
	cfg, found := Load(environ, t.TempDir())
	if found != nil {
		t.Fatalf("Load(%q) problems = %q, want none", environ, lines(found))
	}
	return cfg
}

func TestLoadConfig_Defaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got, found := Load(nil, dir)
	want := Config{
		Env: development, Host: "127.0.0.1", Port: 3000, BaseURL: "http://localhost:3000",
		EmbeddedDatabase: On, DataDir: filepath.Join(dir, ".stoa"),
		DBMaxConns: 20, DBMinConns: 5, DBAcquireTimeout: 3 * time.Second, StartTimeout: 30 * time.Second, DBIdleTimeout: 10 * time.Minute, DBMaxLifetime: 30 * time.Minute,
		MailFrom: localSender, Workers: On,
		LogLevel: logLevel(slog.LevelInfo), LogFormat: logPretty,
		LimitLogin:        limit.Limit{Name: "login", Max: 5, Window: time.Minute},
		LimitAccount:      limit.Limit{Name: "account", Max: 10, Window: time.Hour},
		LimitRegister:     limit.Limit{Name: "register", Max: 3, Window: time.Hour},
		LimitMailAccount:  limit.Limit{Name: "mail_account", Max: 3, Window: time.Hour},
		LimitMailIP:       limit.Limit{Name: "mail_ip", Max: 10, Window: time.Hour},
		LimitRefresh:      limit.Limit{Name: "refresh", Max: 30, Window: time.Minute},
		LimitAPI:          limit.Limit{Name: "api", Max: 100, Window: time.Minute},
		PasswordMinLength: 12, PasswordBlocklist: On, BcryptCost: 12,
	}
	if diff := cmp.Diff(want, got); diff != "" || found != nil {
		t.Fatalf("Load() problems = %q, config (-want +got):\n%s", lines(found), diff)
	}
}

func TestLoadConfig_ProductionDefaults(t *testing.T) {
	t.Parallel()
	cfg := mustLoad(t, inProduction())
	if !cfg.Production() || !cfg.Secure() || cfg.Addr() != "0.0.0.0:3000" || cfg.LogFormat != JSON || cfg.EmbeddedDatabase != Off {
		t.Fatalf("production: production %v, secure %v, address %q, log %q, embedded %q", cfg.Production(), cfg.Secure(), cfg.Addr(), cfg.LogFormat, cfg.EmbeddedDatabase)
	}
	if cfg.DatabaseOwnerURL != validURL {
		t.Fatal("DATABASE_OWNER_URL is not DATABASE_URL by default")
	}
}

func TestLoadConfig_Values(t *testing.T) {
	t.Parallel()
	cfg := mustLoad(t, []string{
		"ASSET_URL=http://CDN.example.com:80/stoa", "HOST=::1", "PORT=8080", "BASE_URL=http://Stoa.Localhost:80", "DATA_DIR=/var/lib/stoa",
		"TRUSTED_PROXIES=10.1.2.3/8, fd00::/8", "ALLOWED_ORIGINS=https://a.example, http://localhost:5173,capacitor://localhost,chrome-extension://abcdefghijklmnopabcdefghijklmnop",
		"LOG_LEVEL=debug", "LIMIT_LOGIN=off", "LIMIT_API=7/30s", "DB_MAX_CONNS=3", "SECRET_KEY_PREVIOUS=" + strings.TrimRight(validKey, "="),
	})
	if cfg.Addr() != "[::1]:8080" || cfg.BaseURL != "http://stoa.localhost" || cfg.DataDir != "/var/lib/stoa" {
		t.Fatalf("address %q, base %q, data %q", cfg.Addr(), cfg.BaseURL, cfg.DataDir)
	}
	if cfg.AssetURL != "http://cdn.example.com/stoa" || cfg.AssetURL.Origin() != "http://cdn.example.com" {
		t.Fatalf("ASSET_URL = %q at %q", cfg.AssetURL, cfg.AssetURL.Origin())
	}
	if want := (prefixes{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}); !slices.Equal(cfg.TrustedProxies, want) {
		t.Fatalf("TRUSTED_PROXIES = %v, want %v", cfg.TrustedProxies, want)
	}
	if want := (origins{"https://a.example", "http://localhost:5173", "capacitor://localhost", "chrome-extension://abcdefghijklmnopabcdefghijklmnop"}); !slices.Equal(cfg.AllowedOrigins, want) {
		t.Fatalf("ALLOWED_ORIGINS = %v, want %v", cfg.AllowedOrigins, want)
	}
	if cfg.LimitLogin.Max != 0 || cfg.LimitAPI.Max != 7 || cfg.LimitAPI.Window != 30*time.Second {
		t.Fatalf("limits = %v, %v", cfg.LimitLogin, cfg.LimitAPI)
	}
	if cfg.DBMinConns != 3 || slog.Level(cfg.LogLevel) != slog.LevelDebug || len(cfg.SecretKeyPrevious) != 32 {
		t.Fatalf("DB_MIN_CONNS %d, LOG_LEVEL %v, previous key of %d bytes", cfg.DBMinConns, cfg.LogLevel, len(cfg.SecretKeyPrevious))
	}
}

func TestConfig_ListeningCompletesTheBaseURLOfPortZero(t *testing.T) {
	t.Parallel()
	cfg := mustLoad(t, []string{"PORT=0"})
	if cfg.BaseURL != "" {
		t.Fatalf("BASE_URL before listening = %q, want none", cfg.BaseURL)
	}
	cfg.SetPort(41234)
	if cfg.BaseURL != "http://localhost:41234" {
		t.Fatalf("BASE_URL = %q, want the port of the listener", cfg.BaseURL)
	}
	cfg = mustLoad(t, inProduction("PORT=0"))
	if cfg.SetPort(41234); cfg.BaseURL != "https://stoa.example.com" {
		t.Fatalf("BASE_URL = %q, want the URL of the setting", cfg.BaseURL)
	}
}

func TestLoadConfig_ReturnsAllProblemsInOrder(t *testing.T) {
	t.Parallel()
	_, found := Load([]string{"BCRYPT_COST=99", "PORT=x\nFORGED", "APP_ENV=production", "LOG_FORMAT=xml", "LIMIT_API=off"}, t.TempDir())
	want := []string{
		`PORT: wants a number from 0 to 65535, not "x\nFORGED"`,
		"BASE_URL: is required in production; wants http:// or https://, a host and perhaps a port, and nothing behind it",
		"DATABASE_URL: is required in production, unless EMBEDDED_DATABASE=on; wants a PostgreSQL address such as postgres://user:password@host:5432/database",
		"SECRET_KEY: is required in production; wants 32 or more random bytes in base64, as openssl rand -base64 32 prints them",
		"SMTP_URL: is required in production; wants a mail server's address such as smtp://user:password@host:587 or smtps://user:password@host",
		"MAIL_FROM: is required in production; wants an address such as Stoa <hello@example.com>",
		`LOG_FORMAT: wants pretty or json, not "xml"`,
		"LIMIT_API: wants a count and a time such as 5/1m; off is for development only",
		"BCRYPT_COST: wants a number from 10 to 15",
	}
	if diff := cmp.Diff(want, lines(found)); diff != "" {
		t.Fatalf("problems (-want +got):\n%s", diff)
	}
}

func TestLoadConfig_LoopbackNeedsNoHTTPSInProduction(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:3000", "http://app.localhost"} {
		if cfg := mustLoad(t, inProduction("BASE_URL="+base)); string(cfg.BaseURL) != base || cfg.Secure() {
			t.Fatalf("BASE_URL = %q, secure %v", cfg.BaseURL, cfg.Secure())
		}
	}
}

func TestLoadConfig_EmbeddedDatabaseInProduction(t *testing.T) {
	t.Parallel()
	cfg := mustLoad(t, inProduction("DATABASE_URL=", "EMBEDDED_DATABASE=on"))
	if cfg.EmbeddedDatabase != On || cfg.DatabaseURL != "" {
		t.Fatalf("embedded %q", cfg.EmbeddedDatabase)
	}
}

// The program ignores variables of other programs, of Kubernetes and of
// settings that do not exist yet.
func TestLoadConfig_LeavesOtherVariablesAlone(t *testing.T) {
	t.Parallel()
	mustLoad(t, []string{
		"PATH=/bin", "HOME=/root", "HOSTNAME=x", "PORTS=1", "PGHOST=x", "LOGLEVEL=x", "TEST_DATABASE_URL=x",
		"STOA_PORT=tcp://10.0.0.1:3000", "STOA_SERVICE_HOST=10.0.0.1", "DB_PORT=tcp://10.0.0.2:5432", "DB_HOST=x", "DB_PASSWORD=x",
		"GOOGLE_CLIENT_ID=x", "GITHUB_BASE_URL=x", "OIDC_NAME=x", "REDIS_URL=x",
		"PORT_FILE=x", "PASSWORD_STORE_DIR=x",
	})
}

func TestLoadConfig_DotEnv(t *testing.T) {
	t.Parallel()
	const file = "# a comment\nPORT=4000\nLIMIT_LOGIN='9/1m'\nexport LOG_LEVEL=debug\n"
	for _, tt := range []struct {
		name, file string
		environ    []string
		port       uint16
		problems   []string
	}{
		{"read", file, nil, 4000, nil},
		{"the environment wins", file, []string{"PORT=5000"}, 5000, nil},
		{"an empty variable is no value", file, []string{"PORT="}, 4000, nil},
		{"not in production", file, inProduction(), 3000, nil},
		{"cannot make it production", "APP_ENV=production\n", nil, 3000, []string{".env: wants no APP_ENV but development: the file is read in development only, set APP_ENV in the environment"}},
		{"unreadable lines", "SECRET_KEY=\"hunter2\n", nil, 3000, []string{".env: wants lines of NAME=value; a value with spaces, # or $ stands in single quotes"}},
		{"a byte order mark", "\ufeffPORT=4000\n", nil, 4000, nil},
		{"a dollar that is kept", "PORT=4000\nMETRICS_TOKEN='pa$WORD'\n", nil, 4000, nil},
		{"a dollar that would be replaced", "PORT=4000\nMETRICS_TOKEN=pa$WORD\n", nil, 4000, []string{"METRICS_TOKEN: has a $ in .env: put the value in single quotes"}},
		{"a slip in it", "DB_MAX_CONN=3\n", nil, 3000, []string{"DB_MAX_CONN: is not a setting; DB_MAX_CONNS is one, so rename it or unset it"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, found := Load(tt.environ, dir)
			if diff := cmp.Diff(tt.problems, lines(found)); diff != "" || cfg.Port != tt.port {
				t.Fatalf("PORT = %d, want %d; problems (-want +got):\n%s", cfg.Port, tt.port, diff)
			}
		})
	}
}

// Files of secrets often end with a line break.
func TestLoadConfig_SecretsFromFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var environ []string
	for name, value := range map[string]string{"SECRET_KEY": validKey, "DATABASE_URL": validURL, "SMTP_URL": "smtp://u:pw@mail.example.com", "METRICS_TOKEN": "token"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(value+"\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		environ = append(environ, name+"_FILE="+path)
	}
	cfg := mustLoad(t, append(environ, "MAIL_FROM=a@b.example\n"))
	if len(cfg.SecretKey) != 32 || cfg.DatabaseURL != validURL || cfg.SMTPURL != "smtp://u:pw@mail.example.com" || cfg.MetricsToken != "token" {
		t.Errorf("from files: key of %d bytes, database %q, mail %q, token %q", len(cfg.SecretKey), string(cfg.DatabaseURL), string(cfg.SMTPURL), string(cfg.MetricsToken))
	}
}

// writeFile returns the path of a new file.
func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Every setting can be in a file, so that none is ignored beside the secrets.
func TestLoadConfig_OtherSettingsFromFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("MAIL_FROM_FILE="+writeFile(t, "Stoa <a@b.example>\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, found := Load([]string{
		"SMTP_URL=smtp://mail.example.com", "AWS_ACCESS_KEY_ID_FILE=" + writeFile(t, "id\n"), "BCRYPT_COST_FILE=" + writeFile(t, " 11 "),
		"OTEL_EXPORTER_OTLP_ENDPOINT_FILE=" + writeFile(t, "http://localhost:4318\n"),
		"AWS_WEB_IDENTITY_TOKEN_FILE=/nowhere", "AWS_SHARED_CREDENTIALS_FILE=/nowhere",
	}, dir)
	if found != nil || cfg.MailFrom != "Stoa <a@b.example>" || cfg.AWSKeyID != "id" || cfg.OTLPEndpoint != "http://localhost:4318" || cfg.BcryptCost != 11 {
		t.Errorf("from files: problems %q, sender %q, key %q, collector %q, cost %d", lines(found), cfg.MailFrom, cfg.AWSKeyID, cfg.OTLPEndpoint, cfg.BcryptCost)
	}
	// APP_ENV decides whether .env is read.
	production, found := Load(inProduction("APP_ENV=", "APP_ENV_FILE="+writeFile(t, "production\n")), dir)
	if found != nil || !production.Production() || production.MailFrom != "Stoa <hello@example.com>" {
		t.Errorf("production from a file: problems %q, production %v, sender %q", lines(found), production.Production(), production.MailFrom)
	}
	// The file may be that of a secret.
	if _, found := Load([]string{"LOG_LEVEL_FILE=" + writeFile(t, "hunter2")}, dir); len(found) != 1 || strings.Contains(found[0].String(), "hunter2") {
		t.Errorf("problems %q, want one without the content of the file", lines(found))
	}
}

// A byte order mark and white space around a secret are removed.
func TestLoadConfig_TrimsSecrets(t *testing.T) {
	t.Parallel()
	for _, around := range [][2]string{{"\ufeff", "\r\n"}, {" ", "\t"}, {"\n\n", "\u00a0"}} {
		value := around[0] + validURL + around[1]
		for _, environ := range [][]string{{"DATABASE_URL=" + value}, {"DATABASE_URL_FILE=" + writeFile(t, value)}} {
			if cfg := mustLoad(t, environ); cfg.DatabaseURL != validURL {
				t.Errorf("DATABASE_URL of %q = %q", environ, string(cfg.DatabaseURL))
			}
		}
	}
}

// .env.example has the names and defaults of Config. An unchanged copy of it
// has no effect.
func TestEnvExample_IsTheDefaults(t *testing.T) {
	t.Parallel()
	example, err := godotenv.Read("../../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for field := range settings() {
		want[field.Tag.Get("env")] = field.Tag.Get("envDefault")
	}
	if diff := cmp.Diff(want, example); diff != "" {
		t.Fatalf(".env.example (-config +example):\n%s", diff)
	}
	dir := t.TempDir()
	var environ []string
	for name, value := range maps.All(example) {
		environ = append(environ, name+"="+value)
	}
	bare, _ := Load(nil, dir)
	copied, found := Load(environ, dir)
	if diff := cmp.Diff(bare, copied); diff != "" || found != nil {
		t.Fatalf("with .env.example problems = %q, config (-without +with):\n%s", lines(found), diff)
	}
}

// Production refuses the password of the URLs in .env.example.
func TestEnvExample_ItsPasswordIsTheRefusedOne(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(text), "postgres://"); got != 1 || strings.Count(string(text), ":"+examplePassword+"@") != 3 {
		t.Fatalf(".env.example shows %d database URLs, want one, beside two of mail servers, all with the password %q", got, examplePassword)
	}
}

func TestSettingsHelp_ListsEverySetting(t *testing.T) {
	t.Parallel()
	help := strings.Split(strings.TrimRight(Help(), "\n"), "\n")
	names := settingNames()
	if len(help) != len(names) || len(names) != 43 {
		t.Fatalf("%d lines for %d settings, want 43", len(help), len(names))
	}
	for i, field := range slices.Collect(settings()) {
		name, wants := field.Tag.Get("env"), field.Tag.Get("wants")
		if defaultOf(field) == "" || field.Tag.Get("help") == "" || wants == "" {
			t.Fatalf("%s lacks a default, a help or a wants tag", name)
		}
		if !strings.HasPrefix(help[i], "  "+name+" ") || !strings.Contains(help[i], "["+defaultOf(field)+"]") {
			t.Fatalf("line %d = %q, want %s with its default", i, help[i], name)
		}
	}
}

func TestConfig_NeverPrintsASecret(t *testing.T) {
	t.Parallel()
	secrets := []string{"hunter2hunter2", validKey, validKey[:20], "Xk2pQ9vL"}
	bad := []string{"SECRET_KEY=hunter2hunter2", "SECRET_KEY_PREVIOUS=hunter2hunter2", "DATABASE_URL=x:hunter2hunter2@y", "BASE_URL=https://me:hunter2hunter2@x",
		"DATABASE_OWNER_URL=postgres://u:hunter2hunter2@h:x/d", "ALLOWED_ORIGINS=https://me:hunter2hunter2@x", "LIMIT_LOGN=hunter2hunter2", "SMTP_URL=smtp://u:hunter2hunter2%@h", "MAIL_FROM=hunter2hunter2@"}
	_, found := Load(bad, t.TempDir())
	if len(found) != len(bad) {
		t.Fatalf("%d problems, want %d: %q", len(found), len(bad), lines(found))
	}
	cfg := mustLoad(t, inProduction("SECRET_KEY_PREVIOUS="+validKey))
	asJSON, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("start", "config", cfg, "url", cfg.DatabaseURL, "key", cfg.SecretKey)
	all := strings.Join(lines(found), "\n") + string(asJSON) + logged.String() +
		fmt.Sprintf("%v %+v %#v %s %q %x %v %s %x", cfg, cfg, cfg, cfg.DatabaseURL, cfg.DatabaseURL, cfg.DatabaseURL, cfg.SecretKey, cfg.SecretKey, cfg.SecretKey)
	raw, _ := encoding.DecodeString(validKey)
	for _, secret := range append(secrets, string(raw), fmt.Sprintf("%x", raw), "0xab, 0xcd", "171 205", fmt.Sprintf("%x", "Xk2pQ9vL")) {
		if strings.Contains(all, secret) {
			t.Fatalf("the secret %q appears in:\n%s", secret, all)
		}
	}
}

func TestPatterned_AcceptsRandomKeys(t *testing.T) {
	t.Parallel()
	for range 2000 {
		if key := randomKey(); patterned(key) {
			t.Fatalf("patterned(%x) = true, want false", key)
		}
	}
}
