package pg

import (
	"context"
	"fmt"
)

// RoleFacts are what must be known of a role before the program works as it.
type RoleFacts struct {
	Name      string
	Superuser bool // can do everything, row-level security or not
	BypassRLS bool // sees the rows of every organization
	Version   int  // of the server, the major one: 15
}

// CheckRole asks the server who is connected.
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
