package main

import (
	"testing"

	"stoa/cmd/stoa/config"
)

const testKey = "q83vEjRWeJCrze8SNFZ4kN0SqsyIB1mv0uT5PmGcXyg="

// inProduction returns settings that are valid in production, changed by more.
func inProduction(more ...string) []string {
	return append([]string{"APP_ENV=production", "BASE_URL=https://stoa.example.com", "SECRET_KEY=" + testKey,
		"DATABASE_URL=postgres://stoa:Xk2pQ9vL@db.internal:5432/stoa", "SMTP_URL=smtp://mail.example.com", "MAIL_FROM=hello@example.com"}, more...)
}

// testConfig returns the configuration of environ, which must have no problems.
func testConfig(t *testing.T, environ []string) config.Config {
	t.Helper()
	cfg, problems := config.Load(environ, t.TempDir())
	if problems != nil {
		t.Fatalf("the settings %q are refused: %v", environ, problems)
	}
	return cfg
}
