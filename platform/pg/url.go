package pg

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// CheckURL returns an error for a text that is not the URL of a database, or that
// pgx would read in another way than it was meant. The error says which part is
// wrong and how to write it. It contains no value of the URL but the name of an
// unreadable file: a wrong URL can have its password in any place.
func CheckURL(text string) error {
	userinfo, rest, ok := splitURL(text)
	if !ok {
		return errors.New("begin it with postgres:// or postgresql://")
	}
	place, _, _ := strings.Cut(rest, "?")
	switch {
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return errors.New("write a space as %20, and no other white space")
	case !escaped(text):
		return errors.New("write % as %25")
	case userinfo != "" && strings.Contains(place, "@"):
		return errors.New("write @ in the user and the password as %40")
	case strings.Contains(place, "@"):
		return errors.New("write / in the user and the password as %2F, and @ as %40")
	}
	if err := checkParams(rest); err != nil {
		return err
	}
	config, err := pgxpool.ParseConfig(text)
	if err == nil && config.ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeDescribeExec {
		// It describes and executes a statement in two steps, between which a pooler
		// changes the server connection.
		return errors.New(modes)
	}
	return reasonOf(err)
}

// foreignParams has what to write in place of parameters that other programs read in
// the URL of a database. PostgreSQL refuses them.
var foreignParams = map[string]string{
	"pgbouncer":        "write default_query_exec_mode=cache_describe in place of pgbouncer",
	"schema":           "write search_path in place of schema",
	"currentSchema":    "write search_path in place of currentSchema",
	"connection_limit": "set DB_MAX_CONNS in place of connection_limit",
	"pool_timeout":     "set DB_ACQUIRE_TIMEOUT in place of pool_timeout",
	"hostaddr":         "write the IP address as the host in place of hostaddr",
	"requiressl":       "write sslmode=require in place of requiressl",
	"tcp_user_timeout": "remove tcp_user_timeout: each wait has a timeout already",
	"gssencmode":       "remove gssencmode: connections do not use GSSAPI encryption",
}

// checkParams refuses the parameters that other programs read.
func checkParams(rest string) error {
	_, query, _ := strings.Cut(rest, "?")
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if advice, ok := foreignParams[name]; ok {
			return errors.New(advice)
		}
		if strings.HasPrefix(name, "keepalives") {
			return fmt.Errorf("remove %s: connections have keepalive", name)
		}
	}
	return nil
}

const modes = "default_query_exec_mode is cache_describe, exec or simple_protocol behind a pooler, and cache_statement at the server itself"

// splitURL splits a URL as pgx does: the first @ ends the user and the password,
// unless a / is before it. ok reports whether the text has the scheme.
func splitURL(text string) (userinfo, rest string, ok bool) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || scheme != "postgres" && scheme != "postgresql" {
		return "", "", false
	}
	if i := strings.IndexAny(rest, "@/"); i >= 0 && rest[i] == '@' {
		return rest[:i], rest[i+1:], true
	}
	return "", rest, true
}

// escaped reports whether two hexadecimal digits follow every %.
func escaped(text string) bool {
	_, err := url.PathUnescape(text)
	return err == nil
}

// PasswordOf returns the password of a URL that CheckURL accepts.
func PasswordOf(text string) string {
	config, err := pgconn.ParseConfig(text)
	if err != nil {
		return ""
	}
	return config.Password
}

// reasons has what to do for the errors of pgx, by the beginning of their text.
var reasons = map[string]string{
	"failed to parse as URL (extra key/value": "write = in a parameter as %3D",
	"invalid port":               "the port is a number from 1 to 65535",
	"could not match":            "give one port, or one for each host",
	"invalid connect_timeout":    "connect_timeout is a number of seconds, such as 10",
	"failed to configure TLS":    "sslmode is disable, allow, prefer, require, verify-ca or verify-full, and certificates are PEM files",
	"failed to read service":     "the service file has no such service",
	"unknown target_session":     "target_session_attrs is any, read-write, read-only, primary, standby or prefer-standby",
	"unknown channel_binding":    "channel_binding is disable, prefer or require",
	"invalid require_auth":       "require_auth has the names of methods, such as scram-sha-256",
	"invalid default_query_exec": modes,
	"invalid sslcertmode":        "sslcertmode is disable, allow or require",
	"invalid min_protocol":       protocols,
	"invalid max_protocol":       protocols,
	"min_protocol_version":       protocols,
}

const protocols = "min_protocol_version and max_protocol_version are 3.0, 3.2 or latest"

// poolParam matches pgx's errors for its own parameters: numbers and times.
var poolParam = regexp.MustCompile(`^(?:cannot parse )?((?:pool|statement|description)_[a-z_]+)`)

// reasonOf returns what is wrong with a URL that pgx refuses, without the URL.
func reasonOf(err error) error {
	if err == nil {
		return nil
	}
	if missing := new(fs.PathError); errors.As(err, &missing) {
		return fmt.Errorf("the file %q cannot be read", missing.Path)
	}
	_, reason, _ := strings.Cut(err.Error(), "`: ")
	if param := poolParam.FindStringSubmatch(reason); param != nil {
		kind := "a time such as 30m"
		if strings.HasSuffix(param[1], "conns") || strings.HasSuffix(param[1], "capacity") {
			kind = "a number such as 20"
		}
		return fmt.Errorf("%s is %s", param[1], kind)
	}
	for start, advice := range reasons {
		if strings.HasPrefix(reason, start) {
			return errors.New(advice)
		}
	}
	return errors.New("write it like postgres://user:password@host:5432/database")
}
