package pg

import (
	"context"
	"fmt"
	"strings"
)

// RoleFacts are the properties of a role that the program checks at its start.
type RoleFacts struct {
	Name      string
	Superuser bool // has every right and bypasses row-level security
	BypassRLS bool // reads the rows of every organization
	Version   int  // of the server, the major one: 15
}

// CheckRole returns the properties of the connected role.
func CheckRole(ctx context.Context, db *DB) (RoleFacts, error) {
	var facts RoleFacts
	err := db.QueryRow(ctx, `
		SELECT rolname, rolsuper, rolbypassrls, current_setting('server_version_num')::int / 10000
		FROM pg_roles WHERE rolname = current_user`,
	).Scan(&facts.Name, &facts.Superuser, &facts.BypassRLS, &facts.Version)
	if err != nil {
		return RoleFacts{}, fmt.Errorf("pg: check the role: %w", err)
	}
	return facts, nil
}

// CheckTimeouts returns an error that names the timeouts that are not set. With a
// pooler the program cannot set them: they come from the pooler or from the role.
func CheckTimeouts(ctx context.Context, db *DB) error {
	var unset []string
	err := db.QueryRow(ctx, `
		SELECT coalesce(array_agg(name ORDER BY name), '{}')
		FROM unnest(ARRAY['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) AS name
		WHERE current_setting(name) = '0'`,
	).Scan(&unset)
	if err != nil {
		return fmt.Errorf("pg: check the timeouts: %w", err)
	}
	if len(unset) > 0 {
		return fmt.Errorf("these timeouts are 0, so a statement may hang for ever: %s; set them for the role (ALTER ROLE … SET) or in the pooler", strings.Join(unset, ", "))
	}
	return nil
}
