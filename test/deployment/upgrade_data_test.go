package deployment

import (
	"slices"
	"testing"

	"stoa/platform/freeport"
	"stoa/platform/pg/pgtest"
	"stoa/test/rig"
)

// The program works with the rows, jobs, links, sessions, tokens and cookies that
// the program before created with the same database.
func TestUpgrade_DataOfTheReleaseBefore(t *testing.T) {
	t.Parallel()
	current, err := rig.Build()
	if err != nil {
		t.Fatal(err)
	}
	site := newSite(t)
	left := site.leave(programBefore(t))
	app := site.serve(current, "on")
	if n := rig.Ask[int](t, app, "SELECT count(*) FILTER (WHERE name IS NULL)::int FROM goose_db_version LEFT JOIN migration_names ON set = 'stoa' AND version = version_id WHERE version_id > 0"); n > 0 {
		t.Errorf("%d migrations of the program before have no names", n)
	}
	left.works(app)
}

// site is a port, a database and a data directory, which one program after the
// other uses.
type site struct {
	t         *testing.T
	port, dir string
	db        pgtest.Database
	env       rig.Env
}

func newSite(t *testing.T) *site {
	port, err := freeport.Get()
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.Empty(t) // the program before migrates it
	return &site{t, port, t.TempDir(), db, rig.Defaults(db.App, db.Owner).With(rig.Wide)}
}

func (s *site) serve(binary, workers string) *rig.App {
	s.t.Helper()
	app, err := rig.ServeBy(binary, s.port, s.dir, s.db.Owner, s.env.With(rig.Env{"WORKERS": workers}))
	if err != nil {
		s.t.Fatal(err)
	}
	rig.StopWith(s.t, app)
	return app
}

func (s *site) stop(app *rig.App) {
	s.t.Helper()
	if err := app.Stop(); err != nil {
		s.t.Fatal(err)
	}
}

// leftData has the data that a program has created for the next one.
type leftData struct {
	user    rig.User
	browser *rig.Browser // signed in, with a device cookie
	cookies []string     // their names
	api     *rig.API
	tokens  rig.Tokens
	link    string   // verifies the email address
	second  rig.User // the email to verify their address is not sent yet
}

// leave runs the program, creates the data and stops the program. Three jobs stay
// enqueued: an email about a new device, an email with a link to verify an address,
// and a request to reset a password.
func (s *site) leave(binary string) (left leftData) {
	s.t.Helper()
	delivering := s.serve(binary, "on")
	left.browser, left.user = delivering.RegisterBrowser(s.t)
	left.link = delivering.Link(s.t, left.user.Email, verifyMail, 1)
	s.stop(delivering)

	app := s.serve(binary, "off")
	left.browser.Use(app)
	left.browser.Open("/dashboard").Is(200)
	left.cookies = cookieNames(left.browser)
	left.api = app.API(s.t)
	left.tokens = left.api.Login(left.user)
	_, left.second, _ = app.RegisterAPI(s.t)
	anonymous := app.Browser(s.t)
	anonymous.Open("/forgot-password")
	anonymous.Submit(rig.ForgotForm, rig.Values{"email": left.user.Email}).At("/forgot-password/sent")
	if n := app.Emails(s.t, left.user.Email, rig.DeviceMail) + app.Emails(s.t, left.user.Email, rig.ResetMail); n != 0 {
		s.t.Fatalf("%d emails were delivered without workers, want 0", n)
	}
	s.stop(app)
	return left
}

// works checks that the next program accepts all data.
func (d *leftData) works(app *rig.App) {
	t := d.browser.T
	t.Helper()
	app.Email(t, d.user.Email, rig.DeviceMail, 1)
	app.Browser(t).Open(app.Link(t, d.user.Email, rig.ResetMail, 1)).Is(200)
	app.Browser(t).Open(app.Link(t, d.second.Email, verifyMail, 1)).Is(200)

	d.browser.Use(app)
	if !d.browser.SignedIn() {
		t.Error("the session does not open the home page")
	}
	api := d.api.On(app)
	api.Get("/api/users/me").Is(200)
	api = api.Bearer(api.Refresh(d.tokens.Refresh).Access)
	d.browser.Open(d.link).Is(200)
	d.browser.Submit(rig.UseForm).Is(200)
	if !rig.Decode[rig.APIUser](api.Get("/api/users/me").Is(200)).EmailVerified {
		t.Error("the link does not verify the email address")
	}

	d.browser.Open("/dashboard")
	d.browser.Submit(rig.LogoutForm)
	d.browser.SignIn(d.user)
	if got := cookieNames(d.browser); !slices.Equal(got, d.cookies) {
		t.Errorf("the cookies are %q, want the names of before, %q", got, d.cookies)
	}
	const notices = "SELECT count(*)::int FROM letters WHERE kind = 'new_device' AND user_id = (SELECT id FROM users WHERE email = $1)"
	if n := rig.Ask[int](t, app, notices, d.user.Email); n != 1 {
		t.Errorf("%d emails about a new device, want 1: the device cookie is not recognized", n)
	}
}

func cookieNames(b *rig.Browser) []string {
	var names []string
	for _, cookie := range b.Cookies() {
		names = append(names, cookie.Name)
	}
	slices.Sort(names)
	return names
}
