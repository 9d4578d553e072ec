// Package domaintest wires the domain on the shared test database, for tests of
// its verbs. Each test registers users of its own, so tests run in parallel.
package domaintest

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/bcrypt"

	"stoa/domain/accounts"
	"stoa/domain/audit"
	"stoa/domain/avatars"
	"stoa/domain/mailer"
	"stoa/domain/onetime"
	"stoa/domain/operators"
	"stoa/domain/passwords"
	"stoa/domain/personaldata"
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

// Password is the password of all users that Register makes.
const Password = "correct horse battery"

// cost is the lowest cost: these tests do not test the cost of a hash.
const cost = bcrypt.MinCost

// Domain is the domain on a real database.
type Domain struct {
	DB       *pg.DB
	Keys     *secret.Keys
	Signer   *signing.Signer
	Limits   *limit.Limits
	Jobs     *jobs.Jobs // not started: enqueued jobs stay in the queue
	Mailer   *mailer.Mailer
	Sessions *sessions.Sessions
	Avatars  *avatars.Avatars
	Files    string // the directory of the file store
	Onetime  *onetime.Links
	Accounts *accounts.Accounts
	Signin   *signin.Authenticator

	Operators    *operators.Operators
	PersonalData *personaldata.PersonalData
}

// hasher is shared: each hasher has threads of its own.
var hasher = sync.OnceValue(func() *secret.Hasher { return secret.NewHasher(secret.HasherConfig{Cost: cost}) })

// processor is shared for the same reason.
var processor = sync.OnceValue(picture.New)

// New returns the domain with the limits of the default settings, but without a
// limit of refreshes.
func New(t testing.TB) *Domain {
	t.Helper()
	conn := pgtest.DB(t)
	key := []byte("0123456789abcdefghijklmnopqrstuvwxyz")
	d := &Domain{DB: conn, Keys: secret.NewKeys(secret.KeysConfig{Current: key}), Limits: limit.New(limit.Config{DB: conn})}
	queue, err := jobs.New(jobs.Config{DB: conn})
	if err != nil {
		t.Fatal(err)
	}
	d.Jobs = queue
	d.Mailer = mailer.New(mailer.Config{DB: conn, Jobs: queue, Host: "stoa.test", Kinds: emailKinds()})
	d.Signer = signing.New(signing.Config{DB: conn, Keys: d.Keys, Issuer: "https://stoa.test", Audience: "stoa-api"})
	d.Sessions = sessions.New(sessions.Config{DB: conn, Keys: d.Keys, Signer: d.Signer, Limits: d.Limits})
	d.Onetime = onetime.New(onetime.Config{DB: conn, Keys: d.Keys, Base: "https://stoa.test"})
	d.Accounts = accounts.New(accounts.Config{
		DB: conn, Sessions: d.Sessions, Onetime: d.Onetime, Mailer: d.Mailer, Jobs: d.Jobs,
		Hasher: hasher(), Keys: d.Keys, Limits: d.Limits,
		Attempts: limit.Limit{Name: "account", Max: 10, Window: time.Hour},
		Mail: accounts.MailLimits{
			Account: limit.Limit{Name: "mail_account", Max: 3, Window: time.Hour},
			Client:  limit.Limit{Name: "mail_ip", Max: 10, Window: time.Hour},
		},
		Rules: passwords.Rules{MinLength: 12, Blocklist: true, Product: "stoa"},
	})
	d.Files = t.TempDir()
	files, err := blob.New(blob.Config{Dir: d.Files})
	if err != nil {
		t.Fatal(err)
	}
	d.Avatars = avatars.New(avatars.Config{DB: conn, Files: files, Processor: processor()})
	d.Signin = signin.New(signin.Config{
		DB: conn, Accounts: d.Accounts, Sessions: d.Sessions, Mailer: d.Mailer, Keys: d.Keys, Limits: d.Limits,
		Register: limit.Limit{Name: "register", Max: 3, Window: time.Hour},
		Login:    limit.Limit{Name: "login", Max: 5, Window: time.Minute},
	})
	d.Operators = operators.New(operators.Config{DB: conn, Accounts: d.Accounts, Sessions: d.Sessions, Onetime: d.Onetime})
	d.PersonalData = personaldata.New(personaldata.Config{DB: conn, Accounts: d.Accounts, Mailer: d.Mailer, Parts: []personaldata.Part{
		{Name: "sessions", Export: d.Sessions.Export},
		{Name: "links", Export: d.Onetime.Export},
		{Name: "emails", Export: d.Mailer.Export, Erase: d.Mailer.Erase},
		{Name: "events", Export: audit.Export},
		{Name: "avatar", Erase: d.Avatars.Erase},
		{Name: "user", Export: d.Accounts.Export, Erase: d.Accounts.Erase},
	}})
	return d
}

func emailKinds() mailer.Kinds {
	all := mailer.Kinds{}
	for _, kinds := range []mailer.Kinds{accounts.EmailKinds(), signin.EmailKinds(), personaldata.EmailKinds()} {
		maps.Copy(all, kinds)
	}
	return all
}

// Visitor returns the scope of an anonymous client with a new IP address, which no
// limit has counted.
func Visitor() scope.Scope {
	var raw [16]byte
	rand.Read(raw[:])
	raw[0], raw[1] = 0x20, 0x01
	addr := netip.AddrFrom16(raw)
	return scope.Scope{Request: scope.Request{ID: "test-request", Addr: addr, Client: addr.String(), Device: "Test on Linux"}}
}

// Address returns a new email address.
func Address() string { return fmt.Sprintf("ada.%s@example.com", strings.ToLower(rand.Text())) }

// Register registers a new user in the mode.
func (d *Domain) Register(t testing.TB, mode signin.Mode) signin.Result {
	t.Helper()
	r := accounts.Registration{Name: "Ada", Email: Address(), Password: Password}
	in, err := d.Signin.Register(context.Background(), Visitor(), r, mode)
	if err != nil {
		t.Fatalf("Register: %v", err)
	}
	return in
}

// SignIn signs the user in once more.
func (d *Domain) SignIn(t testing.TB, user scope.User, mode signin.Mode) signin.Result {
	t.Helper()
	in, err := d.Signin.SignIn(context.Background(), Visitor(), signin.Credentials{Email: user.Email, Password: Password}, mode)
	if err != nil {
		t.Fatalf("SignIn(%s): %v", user.Email, err)
	}
	return in
}

// Scope returns the scope of a user who has signed in with a browser.
func Scope(in signin.Result) scope.Scope { return Visitor().As(in.User, in.Session.ID) }

// Enqueued returns the kinds of the emails that wait for the user, oldest first.
func (d *Domain) Enqueued(t testing.TB, user scope.User) []mailer.Kind {
	t.Helper()
	rows, err := d.DB.Query(context.Background(), "SELECT kind FROM letters WHERE user_id = $1 AND finished_at IS NULL ORDER BY id", user.ID.UUID)
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := pgx.CollectRows(rows, pgx.RowTo[mailer.Kind])
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

// Exec runs a statement, for changes that only time or an operator would cause.
func (d *Domain) Exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := d.DB.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Waiting returns when want connections wait for the transaction, or for each
// other.
func (d *Domain) Waiting(t testing.TB, tx *pg.Tx, want int) {
	t.Helper()
	const query = `WITH RECURSIVE behind AS (
			SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))
			UNION SELECT a.pid FROM pg_stat_activity a JOIN behind b ON b.pid = ANY (pg_blocking_pids(a.pid))
		) SELECT count(*) FROM behind`
	var pid int32
	if err := tx.QueryRow(context.Background(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	waittest.Until(t, fmt.Sprintf("%d connections to wait", want), func() bool {
		var got int
		if err := d.DB.QueryRow(context.Background(), query, pid).Scan(&got); err != nil {
			t.Fatal(err)
		}
		return got == want
	})
}
