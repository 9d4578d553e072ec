package pg

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Advice returns what an operator can do about a connection that the server refused
// because of a parameter, or "". setting is the name of the URL's setting.
func Advice(err error, setting string) string {
	var server *pgconn.PgError
	var connect *pgconn.ConnectError
	if !errors.As(err, &server) || !errors.As(err, &connect) {
		return ""
	}
	name := paramIn(server.Message, connect.Config.RuntimeParams)
	switch server.Code {
	case codePooler:
		return poolerAdvice(server.Message, name, setting, connect.Config)
	case codeNoParam:
		return fmt.Sprintf("remove %s from %s: PostgreSQL has no such parameter", name, setting)
	case codeSyntax:
		return "correct options in " + setting
	case codeParamValue, codeFixedParam:
		return fmt.Sprintf("correct or remove %s in %s", name, setting)
	}
	return ""
}

// paramIn returns the longest name of a parameter that a message contains: its words
// depend on the server's language.
func paramIn(message string, params map[string]string) string {
	found := "a parameter"
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if strings.Contains(message, name) && (found == "a parameter" || len(name) > len(found)) {
			found = name
		}
	}
	return found
}

// poolerAdvice is Advice for a PgBouncer, which accepts few parameters. The owner's URL
// must not lead to one.
func poolerAdvice(message, name, setting string, config *pgconn.Config) string {
	value := config.RuntimeParams[name]
	switch {
	case !strings.Contains(message, "unsupported startup parameter"):
		return ""
	case setting == "DATABASE_OWNER_URL":
		return "this is a PgBouncer: set " + setting + " to PostgreSQL's own address"
	case value != "" && (value == directParams[name] || value == migrationParams[name]):
		return "this is a PgBouncer: add default_query_exec_mode=cache_describe to " + setting
	case name == "options" || value == "":
		return fmt.Sprintf("this is a PgBouncer: remove %s from %s and set it by ALTER ROLE %s SET", name, setting, config.User)
	case name != "search_path": // the value is a list there
		value = "'" + value + "'"
	}
	return fmt.Sprintf("this is a PgBouncer: remove %s from %s and run ALTER ROLE %s SET %[1]s = %[4]s", name, setting, config.User, value)
}
