package journeys

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"stoa/platform/pg/pgtest"
	"stoa/platform/pgserver"
	"stoa/test/rig"
)

// Two installations share a database, each in a schema of its own that its roles
// find by their search_path. Each has its own users, sessions, jobs and emails.
func TestSchema_TwoInstallationsInOneDatabase(t *testing.T) {
	t.Parallel()
	d := pgtest.Empty(t)
	admin, err := pgx.Connect(t.Context(), rig.Superuser(t, rig.On(pgserver.URLs{Owner: d.Owner})))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	owner, err := pgx.ParseConfig(d.Owner)
	if err != nil {
		t.Fatal(err)
	}
	var apps []*rig.App
	for _, schema := range []string{"first", "second"} {
		if _, err := admin.Exec(t.Context(), "CREATE SCHEMA "+schema+" AUTHORIZATION "+pgx.Identifier{owner.User}.Sanitize()); err != nil {
			t.Fatal(err)
		}
		apps = append(apps, rig.StartOn(t, pgserver.URLs{App: rig.InSchema(t, d.App, schema), Owner: rig.InSchema(t, d.Owner, schema)}))
	}
	user := rig.NewUser()
	for _, app := range apps {
		b := app.Browser(t)
		b.Register(user)
		b.Open("/dashboard").Is(200)
		app.Email(t, user.Email, rig.VerifyMail, 1)
		if r := rig.Run(t, app.Env, "", "doctor"); r.Status != 0 {
			t.Errorf("doctor = %d\n%s", r.Status, r.Out)
		}
		if sent := app.Emails(t, user.Email, rig.VerifyMail); sent != 1 {
			t.Errorf("%d emails, want one of this installation", sent)
		}
	}
	if got := rig.Ask[int](t, rig.On(pgserver.URLs{Owner: d.Owner}), "SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'river')"); got != 0 {
		t.Errorf("%d tables are in public or river", got)
	}
}
