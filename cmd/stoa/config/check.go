package config

import (
	"bytes"
	"net"
	"reflect"
	"strings"

	"stoa/platform/limit"
	"stoa/platform/mail"
	"stoa/platform/pg"
)

// examplePassword is the password in the URLs of .env.example. Production
// refuses it, because it is public.
const examplePassword = "change-me"

// metricsTokenMin is the minimum length of METRICS_TOKEN in production, in
// characters.
const metricsTokenMin = 16

// check adds the problems of the parsed values, each by itself and in
// combination.
func (c *Config) check(found *problems) {
	want := func(name string, holds bool) {
		if !holds {
			found.add(name, "wants "+setting(name).Tag.Get("wants"))
		}
	}
	want("DB_MAX_CONNS", c.DBMaxConns >= 1 && c.DBMaxConns <= 10_000)
	want("DB_MIN_CONNS", c.DBMinConns >= 0 && (c.DBMinConns <= c.DBMaxConns || found.has("DB_MAX_CONNS")))
	want("DB_ACQUIRE_TIMEOUT", c.DBAcquireTimeout > 0)
	want("START_TIMEOUT", c.StartTimeout >= 0)
	want("DB_IDLE_TIMEOUT", c.DBIdleTimeout > 0)
	want("DB_MAX_LIFETIME", c.DBMaxLifetime > 0)
	want("PASSWORD_MIN_LENGTH", c.PasswordMinLength >= 8 && c.PasswordMinLength <= 64)
	want("BCRYPT_COST", c.BcryptCost >= 10 && c.BcryptCost <= 15)
	c.checkDatabase(found)
	c.checkOwner(found)
	c.checkFiles(found)
	c.checkPairs(found)
	if c.Production() {
		c.checkProduction(found)
	} else {
		c.checkDevelopment(found)
	}
}

// checkDevelopment refuses what makes a development server public: it shows every
// email at /dev/mail and has no limits that an operator chose.
func (c *Config) checkDevelopment(found *problems) {
	const local = "wants a loopback address in development; set APP_ENV=production for a public server"
	if c.BaseURL != "" && !c.BaseURL.loopback() {
		found.add("BASE_URL", local)
	}
	if !origin("http://" + net.JoinHostPort(string(c.Host), "1")).loopback() {
		found.add("HOST", local)
	}
}

// checkPairs refuses settings that contradict each other.
func (c *Config) checkPairs(found *problems) {
	if c.Secure() && c.AssetURL != "" && !c.AssetURL.secure() {
		found.add("ASSET_URL", "wants https:// beside an https BASE_URL: browsers refuse the rest in a secure page")
	}
	if c.SMTPURL != "" && c.MailFrom == "" && !found.has("MAIL_FROM") {
		found.add("MAIL_FROM", "is required beside SMTP_URL; wants "+setting("MAIL_FROM").Tag.Get("wants"))
	}
}

// checkOwner refuses a DATABASE_OWNER_URL that leads to a pooler.
func (c *Config) checkOwner(found *problems) {
	if pg.Pooled(string(c.DatabaseOwnerURL)) {
		found.add("DATABASE_OWNER_URL", "wants PostgreSQL's own address, without default_query_exec_mode: migrations hold a lock that a pooler loses")
	}
}

// checkDatabase refuses settings that name two databases, or no database.
func (c *Config) checkDatabase(found *problems) {
	switch {
	case found.has("DATABASE_URL") || found.has("EMBEDDED_DATABASE"):
	case c.DatabaseURL != "" && c.EmbeddedDatabase == On:
		found.add("EMBEDDED_DATABASE", "wants off, or nothing, beside DATABASE_URL: they are two databases")
	case c.DatabaseURL == "" && c.DatabaseOwnerURL != "":
		found.add("DATABASE_OWNER_URL", "wants DATABASE_URL beside it")
	case c.DatabaseURL == "" && c.EmbeddedDatabase == Off && c.Production():
		found.add("DATABASE_URL", "is required in production, unless EMBEDDED_DATABASE=on; wants "+setting("DATABASE_URL").Tag.Get("wants"))
	case c.DatabaseURL == "" && c.EmbeddedDatabase == Off:
		found.add("DATABASE_URL", "is required with EMBEDDED_DATABASE=off; wants "+setting("DATABASE_URL").Tag.Get("wants"))
	}
}

// checkFiles refuses a bucket without its keys. Keys without a bucket are
// accepted, because they may be set for another program.
func (c *Config) checkFiles(found *problems) {
	for name, given := range map[string]bool{"AWS_ACCESS_KEY_ID": c.AWSKeyID != "", "AWS_SECRET_ACCESS_KEY": c.AWSSecretKey != ""} {
		if c.Blob.InBucket() && !given {
			found.add(name, "is required with a bucket in BLOB_URL; wants "+setting(name).Tag.Get("wants"))
		}
	}
}

// checkProduction refuses values that are allowed in development only.
func (c *Config) checkProduction(found *problems) {
	if c.BaseURL == "" {
		found.add("BASE_URL", "is required in production; wants "+setting("BASE_URL").Tag.Get("wants"))
	}
	if !c.Secure() && !c.BaseURL.loopback() {
		found.add("BASE_URL", "wants https:// in production, unless it is a loopback address")
	}
	for name, lim := range c.limits() {
		if lim.Max == 0 {
			found.add(name, "wants a count and a time such as 5/1m; off is for development only")
		}
	}
	c.checkMail(found)
	c.checkSecrets(found)
	if token := string(c.MetricsToken); token != "" && (len(token) < metricsTokenMin || spelled([]byte(token))) {
		found.add("METRICS_TOKEN", "wants 16 or more random characters in production; openssl rand -base64 32 prints some")
	}
}

// checkMail requires a mail server. Without one, emails stay in the database:
// they are not delivered, and a dump of it contains their one-time links.
func (c *Config) checkMail(found *problems) {
	if c.SMTPURL == "" && !found.has("SMTP_URL") {
		found.add("SMTP_URL", "is required in production; wants "+setting("SMTP_URL").Tag.Get("wants"))
	}
	if c.SMTPURL == "" && (c.MailFrom == "" || c.MailFrom == localSender) {
		found.add("MAIL_FROM", "is required in production; wants "+setting("MAIL_FROM").Tag.Get("wants"))
	}
}

// checkSecrets refuses missing and example secrets. An attacker with the key
// can sign in as any user.
func (c *Config) checkSecrets(found *problems) {
	if c.SecretKey == nil {
		found.add("SECRET_KEY", "is required in production; wants "+setting("SECRET_KEY").Tag.Get("wants"))
	}
	for name, key := range map[string]SecretKey{"SECRET_KEY": c.SecretKey, "SECRET_KEY_PREVIOUS": c.SecretKeyPrevious} {
		if key != nil && patterned(key) {
			found.add(name, "wants random bytes in production and looks made up; openssl rand -base64 32 prints some")
		}
	}
	const own = "wants a password of its own in production, not the one of the example"
	if mail.PasswordOf(string(c.SMTPURL)) == examplePassword {
		found.add("SMTP_URL", own)
	}
	if pg.PasswordOf(string(c.DatabaseURL)) == examplePassword {
		found.add("DATABASE_URL", own)
	}
	if pg.PasswordOf(string(c.DatabaseOwnerURL)) == examplePassword && c.DatabaseOwnerURL != c.DatabaseURL {
		found.add("DATABASE_OWNER_URL", own)
	}
}

// limits returns the limits by the names of their settings.
func (c *Config) limits() map[string]limit.Limit {
	found := map[string]limit.Limit{}
	value := reflect.ValueOf(c).Elem()
	for i := range value.NumField() {
		if lim, ok := value.Field(i).Interface().(limit.Limit); ok {
			found[value.Type().Field(i).Tag.Get("env")] = lim
		}
	}
	return found
}

// patterned reports whether a key is certainly not random: it is spelled, or
// has too few distinct bytes. 32 random bytes have 30 distinct values on
// average; fewer than 17 occur once in 10^13 keys.
func patterned(key []byte) bool {
	seen := map[byte]bool{}
	for _, b := range key {
		seen[b] = true
	}
	return len(seen) <= secretKeyMin/2 || spelled(key)
}

// spelled reports whether a secret was typed by hand: it repeats a sequence,
// counts up or down, or contains a word of an example.
func spelled(key []byte) bool {
	text := strings.ToLower(string(key))
	for _, word := range []string{"secret", "change", "example", "password", "replace"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return repeats(key) || counts(key)
}

func repeats(key []byte) bool {
	for period := 1; period <= len(key)/2; period++ {
		if bytes.Equal(key[period:], key[:len(key)-period]) {
			return true
		}
	}
	return false
}

func counts(key []byte) bool {
	step := key[1] - key[0]
	for i := 1; i < len(key); i++ {
		if key[i]-key[i-1] != step {
			return false
		}
	}
	return true
}
