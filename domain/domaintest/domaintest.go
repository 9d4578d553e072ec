// Package domaintest wires the domain on the shared test database, for tests
// of its verbs. Everybody in it is fresh, so tests run side by side.
package domaintest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/bcrypt"

	"stoa/domain/accounts"
	"stoa/domain/avatars"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/passwords"
	"stoa/domain/scope"
	"stoa/domain/sessions"
	"stoa/domain/signin"
	"stoa/platform/blob"
	"stoa/platform/jobs"
	"stoa/platform/limit"
	"stoa/platform/pg"
	"stoa/platform/pg/pgtest"
	"stoa/platform/picture"
	"stoa/platform/secret"
	"stoa/platform/signing"
	"stoa/platform/waittest"
)

// Password is what everybody here signs in with.
const Password = "correct horse battery"

// cost is the cheapest there is: what a hash costs is not what is tested here.
const cost = bcrypt.MinCost

// Domain is the business on a real database.
type Domain struct {
	DB       *pg.DB
	Keys     *secret.Keys
	Signer   *signing.Signer
	Limits   *limit.Limits
	Jobs     *jobs.Jobs // not started: what is enqueued stays so
	Mailer   *mailer.Mailer
	Sessions *sessions.Sessions
	Avatars  *avatars.Avatars
	Files    string // the directory of stored files
	Onetime  *onetime.Links
	Accounts *accounts.Accounts
	Signin   *signin.Authenticator
}

// hasher is shared: each one has threads of its own.
var hasher = sync.OnceValue(func() *secret.Hasher { return secret.NewHasher(secret.HasherConfig{Cost: cost}) })

// processor is shared for the same reason.
var processor = sync.OnceValue(picture.New)

// New returns the domain with the usual limits, but any number of refreshes.
func New(t testing.TB) *Domain {
	t.Helper()
	conn := pgtest.DB(t)
	key := []byte("0123456789abcdefghijklmnopqrstuvwxyz")
	d := &Domain{DB: conn, Keys: secret.NewKeys(secret.KeysConfig{Current: key}), Limits: limit.New(limit.Config{DB: conn})}
	queue, err := jobs.New(jobs.Config{DB: conn})
	if err != nil {
		t.Fatal(err)
	}
	d.Jobs, d.Mailer = queue, mailer.New(mailer.Config{DB: conn, Jobs: queue, Host: "stoa.test"})
	d.Signer = signing.New(signing.Config{DB: conn, Keys: d.Keys, Issuer: "https://stoa.test", Audience: "stoa-api"})
	d.Sessions = sessions.New(sessions.Config{DB: conn, Keys: d.Keys, Signer: d.Signer, Limits: d.Limits})
	d.Files = t.TempDir()
	files, err := blob.New(blob.Config{Dir: d.Files})
	if err != nil {
		t.Fatal(err)
	}
	d.Avatars = avatars.New(conn, files, processor())
	d.Onetime = onetime.New(conn, d.Keys, "https://stoa.test")
	d.Accounts = accounts.New(accounts.Config{
		DB: conn, Sessions: d.Sessions, Avatars: d.Avatars, Onetime: d.Onetime, Mailer: d.Mailer, Jobs: d.Jobs,
		Hasher: hasher(), Keys: d.Keys, Limits: d.Limits,
		Attempts: limit.Limit{Name: "account", Max: 10, Window: time.Hour},
		Mail: accounts.MailLimits{
			Account: limit.Limit{Name: "mail_account", Max: 3, Window: time.Hour},
			Client:  limit.Limit{Name: "mail_ip", Max: 10, Window: time.Hour},
		},
		Rules: passwords.Rules{MinLength: 12, Blocklist: true, Product: "stoa"},
	})
	d.Signin = signin.New(signin.Config{
		DB: conn, Accounts: d.Accounts, Sessions: d.Sessions, Mailer: d.Mailer, Keys: d.Keys, Limits: d.Limits,
		Register: limit.Limit{Name: "register", Max: 3, Window: time.Hour},
		Login:    limit.Limit{Name: "login", Max: 5, Window: time.Minute},
	})
	return d
}

// Visitor returns the scope of somebody whom no limit has seen.
func Visitor() scope.Scope {
	var raw [16]byte
	rand.Read(raw[:])
	raw[0], raw[1] = 0x20, 0x01
	addr := netip.AddrFrom16(raw)
	return scope.Scope{Request: scope.Request{ID: "test-request", Addr: addr, Client: addr.String(), Device: "Test on Linux"}}
}

// Address returns an email address that nobody has.
func Address() string { return fmt.Sprintf("ada.%s@example.com", strings.ToLower(rand.Text())) }

// Register returns somebody new who came in by the way.
func (d *Domain) Register(t testing.TB, way signin.Mode) signin.Result {
	t.Helper()
	r := accounts.Registration{Name: "Ada", Email: Address(), Password: Password}
	in, err := d.Signin.Register(context.Background(), Visitor(), r, way)
	if err != nil {
		t.Fatalf("Register: %v", err)
	}
	return in
}

// SignIn returns the person come in once more.
func (d *Domain) SignIn(t testing.TB, p scope.User, way signin.Mode) signin.Result {
	t.Helper()
	in, err := d.Signin.SignIn(context.Background(), Visitor(), signin.Credentials{Email: p.Email, Password: Password}, way)
	if err != nil {
		t.Fatalf("SignIn(%s): %v", p.Email, err)
	}
	return in
}

// Scope returns the scope of somebody who has come in with a browser.
func Scope(in signin.Result) scope.Scope { return Visitor().As(in.User, in.Session.ID) }

// Enqueued returns the kinds of the letters that wait for somebody, oldest first.
func (d *Domain) Enqueued(t testing.TB, p scope.User) []mailer.Kind {
	t.Helper()
	rows, err := d.DB.Query(context.Background(), "SELECT kind FROM letters WHERE user_id = $1 AND finished_at IS NULL ORDER BY id", p.ID.UUID)
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := pgx.CollectRows(rows, pgx.RowTo[mailer.Kind])
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

// Exec runs a statement, for what only time or an operator would do.
func (d *Domain) Exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := d.DB.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Waiting returns when so many wait for the transaction, or for each other.
func (d *Domain) Waiting(t testing.TB, tx *pg.Tx, want int) {
	t.Helper()
	const asks = `WITH RECURSIVE behind AS (
			SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))
			UNION SELECT a.pid FROM pg_stat_activity a JOIN behind b ON b.pid = ANY (pg_blocking_pids(a.pid))
		) SELECT count(*) FROM behind`
	var pid int32
	if err := tx.QueryRow(context.Background(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	waittest.Until(t, fmt.Sprintf("%d to wait behind", want), func() bool {
		var got int
		if err := d.DB.QueryRow(context.Background(), asks, pid).Scan(&got); err != nil {
			t.Fatal(err)
		}
		return got == want
	})
}
