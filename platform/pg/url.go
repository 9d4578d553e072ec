package pg

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgservicefile"
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

// libpqVars has the variables of libpq for the parameters of a URL that pgx and
// libpq both know.
var libpqVars = map[string]string{
	"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslsni": "PGSSLSNI",
	"sslnegotiation": "PGSSLNEGOTIATION", "sslcertmode": "PGSSLCERTMODE", "channel_binding": "PGCHANNELBINDING", "require_auth": "PGREQUIREAUTH",
	"target_session_attrs": "PGTARGETSESSIONATTRS", "connect_timeout": "PGCONNECT_TIMEOUT",
	"min_protocol_version": "PGMINPROTOCOLVERSION", "max_protocol_version": "PGMAXPROTOCOLVERSION",
}

// sessionVars has the variables of libpq for parameters of a session: a PgBouncer
// accepts these, and refuses options.
var sessionVars = map[string]string{"timezone": "PGTZ", "datestyle": "PGDATESTYLE", "client_encoding": "PGCLIENTENCODING"}

// LibpqEnv returns environ with the variables with which libpq, and so psql,
// connects to the database of a URL. The values are those that pgx parsed:
// libpq's own parser reads some URLs in another way, and prints those that it
// refuses, with the password. Of the variables of libpq in environ only those stay
// that pgx reads too.
func LibpqEnv(environ []string, rawURL string) ([]string, error) {
	pool, err := pgxpool.ParseConfig(rawURL)
	if err != nil {
		return nil, withoutURL(err)
	}
	config := pool.ConnConfig
	vars, err := parameters(environ, rawURL)
	if err != nil {
		return nil, err
	}
	hosts, ports := places(config.Config)
	shared := append(slices.Collect(maps.Values(libpqVars)), "PGPASSFILE")
	maps.Copy(vars, map[string]string{
		"PGUSER": config.User, "PGPASSWORD": config.Password, "PGDATABASE": config.Database,
		"PGHOST": strings.Join(hosts, ","), "PGPORT": strings.Join(ports, ","), "PGOPTIONS": options(config.RuntimeParams),
		"PGGSSENCMODE": "disable", // pgx has no GSSAPI encryption
	})
	for name, variable := range sessionVars {
		if value := config.RuntimeParams[name]; value != "" {
			vars[variable] = value
		}
	}
	env := slices.DeleteFunc(slices.Clone(environ), func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return strings.HasPrefix(name, "PG") && !strings.HasPrefix(name, "PG_") && !slices.Contains(shared, name)
	})
	for name, value := range vars {
		env = append(env, name+"="+value)
	}
	return env, nil
}

// places returns the hosts and ports in the order in which they are tried. pgx
// has each host twice when it tries it with and without TLS.
func places(config pgconn.Config) (hosts, ports []string) {
	all := append([]*pgconn.FallbackConfig{{Host: config.Host, Port: config.Port}}, config.Fallbacks...)
	for i, place := range all {
		if i > 0 && place.Host == all[i-1].Host && place.Port == all[i-1].Port {
			continue
		}
		hosts, ports = append(hosts, place.Host), append(ports, strconv.Itoa(int(place.Port)))
	}
	return hosts, ports
}

// parameters returns the variables of libpq for the parameters of the URL, and of
// the service that it or environ names.
func parameters(environ []string, rawURL string) (map[string]string, error) {
	_, rest, _ := splitURL(rawURL)
	_, query, _ := strings.Cut(rest, "?")
	given := map[string]string{}
	for _, line := range environ {
		switch name, value, _ := strings.Cut(line, "="); name {
		case "PGSERVICE":
			given["service"] = value
		case "PGSERVICEFILE":
			given["servicefile"] = value
		}
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		text, err := url.PathUnescape(value)
		if err != nil {
			return nil, errors.New("pg: malformed parameter of the database URL")
		}
		given[name] = text
	}
	vars := map[string]string{}
	if given["service"] != "" {
		home, _ := os.UserHomeDir()
		file, err := pgservicefile.ReadServicefile(cmp.Or(given["servicefile"], filepath.Join(home, ".pg_service.conf")))
		if err != nil {
			return nil, err
		}
		service, err := file.GetService(given["service"])
		if err != nil {
			return nil, err
		}
		addVars(vars, service.Settings)
	}
	addVars(vars, given)
	return vars, nil
}

func addVars(vars, given map[string]string) {
	for name, value := range given {
		if variable, ok := libpqVars[name]; ok {
			vars[variable] = value
		}
	}
}

// options returns the parameters that a session begins with, without those of
// sessionVars, as libpq's options. A backslash keeps white space in a value.
func options(params map[string]string) string {
	var all []string
	for name, value := range params {
		switch name {
		case "options":
			all = append([]string{value}, all...)
		case "application_name": // psql has its own
		case "timezone", "datestyle", "client_encoding":
		default:
			all = append(all, "-c "+name+"="+strings.NewReplacer(`\`, `\\`, " ", `\ `).Replace(value))
		}
	}
	return strings.Join(all, " ")
}
