package main

import (
	"strings"
	"testing"
)

// Every refusal, by the name of its setting: the values are each alone wrong.
func TestLoadConfig_Refuses(t *testing.T) {
	t.Parallel()
	b64 := func(s string) string { return "SECRET_KEY=" + encode(s) }
	for _, tt := range []struct {
		name, want string // the setting and a part of the sentence
		environ    []string
	}{
		{"APP_ENV", "development or production", []string{"APP_ENV=staging"}},
		{"HOST", "IP address or a host name", []string{"HOST=a b"}},
		{"HOST", "IP address or a host name", []string{"HOST=[::1]"}},
		{"HOST", "IP address or a host name", []string{"HOST=300.1.1.1"}},
		{"HOST", "IP address or a host name", []string{"HOST=fe80::1%eth0"}},
		{"PORT", `0 to 65535, not "70000"`, []string{"PORT=70000"}},
		{"PORT", "0 to 65535", []string{"PORT=-1"}},
		{"PORT", "0 to 65535", []string{"PORT= 3000"}},
		{"BASE_URL", "nothing behind it", []string{"BASE_URL=stoa.example.com"}},
		{"BASE_URL", "nothing behind it", []string{"BASE_URL=ftp://stoa.example.com"}},
		{"BASE_URL", "nothing behind it", []string{"BASE_URL=https://stoa.example.com/app"}},
		{"BASE_URL", "nothing behind it", []string{"BASE_URL=https://stoa.example.com/"}},
		{"BASE_URL", "nothing behind it", []string{"BASE_URL=https://stoa.example.com?a"}},
		{"BASE_URL", "nothing behind it", []string{"BASE_URL=https://stoa.example.com#a"}},
		{"BASE_URL", "nothing behind it", []string{"BASE_URL=https://me@stoa.example.com"}},
		{"BASE_URL", "nothing behind it", []string{"BASE_URL=https://stoa.example.com:0"}},
		{"BASE_URL", "nothing behind it", []string{"BASE_URL=https://stoa.example.com:"}},
		{"BASE_URL", "nothing behind it", []string{"BASE_URL=https://*.example.com"}},
		{"BASE_URL", "https:// in production", in("BASE_URL=http://stoa.example.com")},
		{"DATABASE_URL", "postgres://", []string{"DATABASE_URL=mysql://localhost/x"}},
		{"DATABASE_URL", "postgres://", []string{"DATABASE_URL=host=localhost"}},
		{"DATABASE_URL", "postgres://", []string{"DATABASE_URL=postgres://localhost:port/x"}},
		{"DATABASE_URL", `"/nowhere/ca.pem" cannot be read`, []string{"DATABASE_URL=postgres://h/x?sslmode=verify-full&sslrootcert=/nowhere/ca.pem"}},
		{"DATABASE_URL", "required in production", in("DATABASE_URL=")},
		{"DATABASE_URL", "required with EMBEDDED_DATABASE=off", []string{"EMBEDDED_DATABASE=off"}},
		{"DATABASE_URL", "not the one of the example", in("DATABASE_URL=postgres://stoa:change-me@localhost/stoa")},
		{"DATABASE_OWNER_URL", "postgres://", []string{"DATABASE_URL=" + goodURL, "DATABASE_OWNER_URL=owner"}},
		{"DATABASE_OWNER_URL", "DATABASE_URL beside it", []string{"DATABASE_OWNER_URL=" + goodURL}},
		{"DATABASE_OWNER_URL", "not the one of the example", in("DATABASE_OWNER_URL=postgres://owner:change-me@localhost/stoa")},
		{"EMBEDDED_DATABASE", "on or off", []string{"EMBEDDED_DATABASE=yes"}},
		{"EMBEDDED_DATABASE", "two databases", []string{"EMBEDDED_DATABASE=on", "DATABASE_URL=" + goodURL}},
		{"SMTP_URL", "mail server's address", []string{"SMTP_URL=mail.example.com:25", "MAIL_FROM=a@b.example"}},
		{"SMTP_URL", "mail server's address", []string{"SMTP_URL=https://mail.example.com", "MAIL_FROM=a@b.example"}},
		{"SMTP_URL", "mail server's address", []string{"SMTP_URL=smtp://mail.example.com:0", "MAIL_FROM=a@b.example"}},
		{"SMTP_URL", "required in production", in("SMTP_URL=")},
		{"SMTP_URL", "not the one of the example", in("SMTP_URL=smtp://stoa:change-me@mail.example.com")},
		{"MAIL_FROM", "an address such as", []string{"MAIL_FROM=Stoa"}},
		{"MAIL_FROM", "an address such as", []string{"MAIL_FROM=a@example.com, b@example.com"}},
		{"MAIL_FROM", "required beside SMTP_URL", []string{"SMTP_URL=smtp://mail.example.com"}},
		{"MAIL_FROM", "required beside SMTP_URL", in("MAIL_FROM=")},
		{"WORKERS", "on or off", []string{"WORKERS=2"}},
		{"SECRET_KEY", "base64", []string{"SECRET_KEY=not base64!"}},
		{"SECRET_KEY", "32 or more", []string{b64("only-31-bytes-long-only-31-byte")}},
		{"SECRET_KEY", "required in production", in("SECRET_KEY=")},
		{"SECRET_KEY", "looks made up", in(b64(strings.Repeat("\x00", 32)))},
		{"SECRET_KEY", "looks made up", in(b64("0123456789abcdef0123456789abcdef"))},
		{"SECRET_KEY", "looks made up", in(b64("qwertyuiopasdfghjk" + "qwertyuiopasdfghjk"))},
		{"SECRET_KEY", "looks made up", in(b64("ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"))},
		{"SECRET_KEY", "looks made up", in(b64("My-Secret-Key-4-production!xyzQW12"))},
		{"SECRET_KEY", "looks made up", in(b64("aaaabbbbccccddddeeeeffffgggghhhh"))},
		{"SECRET_KEY_PREVIOUS", "base64", []string{"SECRET_KEY_PREVIOUS=x"}},
		{"SECRET_KEY_PREVIOUS", "looks made up", in("SECRET_KEY_PREVIOUS=" + encode(strings.Repeat("ab", 16)))},
		{"DB_MAX_CONNS", "1 to 10000", []string{"DB_MAX_CONNS=0"}},
		{"DB_MAX_CONNS", `not "many"`, []string{"DB_MAX_CONNS=many", "DB_MIN_CONNS=5"}},
		{"DB_MIN_CONNS", "0 to DB_MAX_CONNS", []string{"DB_MIN_CONNS=21"}},
		{"DB_MIN_CONNS", "0 to DB_MAX_CONNS", []string{"DB_MIN_CONNS=-1"}},
		{"DB_ACQUIRE_TIMEOUT", "such as 3s", []string{"DB_ACQUIRE_TIMEOUT=3"}},
		{"DB_ACQUIRE_TIMEOUT", "above zero", []string{"DB_ACQUIRE_TIMEOUT=0s"}},
		{"DB_IDLE_TIMEOUT", "such as 600s", []string{"DB_IDLE_TIMEOUT=long"}},
		{"DB_IDLE_TIMEOUT", "above zero", []string{"DB_IDLE_TIMEOUT=-1s"}},
		{"DB_MAX_LIFETIME", "such as 1800s", []string{"DB_MAX_LIFETIME=1 h"}},
		{"DB_MAX_LIFETIME", "above zero", []string{"DB_MAX_LIFETIME=0"}},
		{"TRUSTED_PROXIES", "10.0.0.0/8", []string{"TRUSTED_PROXIES=10.0.0.1"}},
		{"TRUSTED_PROXIES", "10.0.0.0/8", []string{"TRUSTED_PROXIES=10.0.0.0/8,"}},
		{"TRUSTED_PROXIES", "10.0.0.0/8", []string{"TRUSTED_PROXIES=10.0.0.0/33"}},
		{"TRUSTED_PROXIES", "10.0.0.0/8", []string{"TRUSTED_PROXIES=::ffff:10.0.0.0/104"}},
		{"ALLOWED_ORIGINS", "without *", []string{"ALLOWED_ORIGINS=*"}},
		{"ALLOWED_ORIGINS", "without *", []string{"ALLOWED_ORIGINS=https://*.example.com"}},
		{"ALLOWED_ORIGINS", "exact origins", []string{"ALLOWED_ORIGINS=null"}},
		{"ALLOWED_ORIGINS", "exact origins", []string{"ALLOWED_ORIGINS=https://a.example/x"}},
		{"ALLOWED_ORIGINS", "exact origins", []string{"ALLOWED_ORIGINS=https://a.example,,https://b.example"}},
		{"LOG_LEVEL", `not "INFO+1"`, []string{"LOG_LEVEL=INFO+1"}},
		{"LOG_FORMAT", "pretty or json", []string{"LOG_FORMAT=xml"}},
		{"LIMIT_LOGIN", "such as 5/1m", []string{"LIMIT_LOGIN=5"}},
		{"LIMIT_LOGIN", "development only", in("LIMIT_LOGIN=off")},
		{"LIMIT_ACCOUNT", "such as 10/1h", []string{"LIMIT_ACCOUNT=0/1h"}},
		{"LIMIT_ACCOUNT", "development only", in("LIMIT_ACCOUNT=off")},
		{"LIMIT_REGISTER", "such as 3/1h", []string{"LIMIT_REGISTER=3/h"}},
		{"LIMIT_REGISTER", "development only", in("LIMIT_REGISTER=off")},
		{"LIMIT_MAIL_ACCOUNT", "such as 3/1h", []string{"LIMIT_MAIL_ACCOUNT=3/0s"}},
		{"LIMIT_MAIL_ACCOUNT", "development only", in("LIMIT_MAIL_ACCOUNT=off")},
		{"LIMIT_MAIL_IP", "such as 10/1h", []string{"LIMIT_MAIL_IP=ten"}},
		{"LIMIT_MAIL_IP", "development only", in("LIMIT_MAIL_IP=off")},
		{"LIMIT_REFRESH", "such as 30/1m", []string{"LIMIT_REFRESH=none"}},
		{"LIMIT_REFRESH", "development only", in("LIMIT_REFRESH=off")},
		{"LIMIT_API", "such as 100/1m", []string{"LIMIT_API=-1/1m"}},
		{"LIMIT_API", "development only", in("LIMIT_API=off")},
		{"PASSWORD_MIN_LENGTH", "8 to 64", []string{"PASSWORD_MIN_LENGTH=7"}},
		{"PASSWORD_MIN_LENGTH", "8 to 64", []string{"PASSWORD_MIN_LENGTH=65"}},
		{"PASSWORD_BLOCKLIST", "on or off", []string{"PASSWORD_BLOCKLIST=true"}},
		{"BCRYPT_COST", "10 to 15", []string{"BCRYPT_COST=9"}},
		{"BCRYPT_COST", "10 to 15", []string{"BCRYPT_COST=16"}},
		{"LIMIT_LOGN", "LIMIT_LOGIN is one", []string{"LIMIT_LOGN=5/1m"}},
		{"TRUSTED_PROXY", "is not a setting", []string{"TRUSTED_PROXY=10.0.0.0/8"}},
		{"SECRET_KEY_PREVIUS", "SECRET_KEY_PREVIOUS is one", []string{"SECRET_KEY_PREVIUS=" + goodKey}},
	} {
		t.Run(tt.environ[len(tt.environ)-1], func(t *testing.T) {
			t.Parallel()
			_, found := loadConfig(tt.environ, t.TempDir())
			if len(found) != 1 || found[0].Name != tt.name || !strings.Contains(found[0].Wants, tt.want) || strings.Contains(found[0].String(), "\n") {
				t.Fatalf("loadConfig(%q) problems = %q, want one of %s with %q", tt.environ, lines(found), tt.name, tt.want)
			}
		})
	}
}

func encode(s string) string { return encoding.EncodeToString([]byte(s)) }
