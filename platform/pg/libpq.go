package pg

import (
	"cmp"
	"errors"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgservicefile"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

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
