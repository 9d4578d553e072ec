// Package domaintest wires the domain on the shared test database, for tests of
// its verbs. Each test registers users of its own, so tests run in parallel.
package domaintest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/bcrypt"

	"stoa/domain"
	"stoa/domain/accounts"
	"stoa/domain/audit"
	"stoa/domain/mailer"
	"stoa/domain/operators"
	"stoa/domain/passwords"
	"stoa/domain/scope"
	"stoa/domain/signin"
	"stoa/platform/blob"
	"stoa/platform/devmail"
	"stoa/platform/jobs"
	"stoa/platform/limit"
	"stoa/platform/mail"
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
	*domain.Domain
	StoredFiles string // the directory of the file store
	Operators   *operators.Operators
}

// hasher is shared: each hasher has threads of its own.
var hasher = sync.OnceValue(func() *secret.Hasher { return secret.NewHasher(secret.HasherConfig{Cost: cost}) })

// processor is shared for the same reason.
var processor = sync.OnceValue(picture.New)

// New returns the domain with the limits of the default settings, but without a
// limit of refreshes. edits change the configuration.
func New(t testing.TB, edits ...func(*domain.Config)) *Domain {
	t.Helper()
	conn := pgtest.DB(t)
	keys := secret.NewKeys(secret.KeysConfig{Current: []byte("0123456789abcdefghijklmnopqrstuvwxyz")})
	queue, err := jobs.New(t.Context(), jobs.Config{DB: conn})
	if err != nil {
		t.Fatal(err)
	}
	d := &Domain{StoredFiles: t.TempDir()}
	files, err := blob.New(blob.Config{Dir: d.StoredFiles})
	if err != nil {
		t.Fatal(err)
	}
	cfg := domain.Config{
		DB:         conn,
		Jobs:       queue,
		Keys:       keys,
		Hasher:     hasher(),
		Limits:     limit.New(limit.Config{DB: conn}),
		Signer:     signing.New(signing.Config{DB: conn, Keys: keys, Issuer: "https://stoa.test", Audience: "stoa-api"}),
		Files:      files,
		Pictures:   processor(),
		BaseURL:    "https://stoa.test",
		Mail:       devmail.New(devmail.Config{DB: conn}), // jobs do not run, so it gets no email
		MailHost:   "stoa.test",
		RenderMail: func(mailer.Email, string) (mail.Message, error) { return mail.Message{}, errors.ErrUnsupported },

		PasswordRules: passwords.Rules{MinLength: 12, Blocklist: true, Product: "stoa"},
		Rates: domain.Rates{
			Account: limit.Limit{Name: "account", Max: 10, Window: time.Hour},
			Mail: accounts.MailLimits{
				Account: limit.Limit{Name: "mail_account", Max: 3, Window: time.Hour},
				Client:  limit.Limit{Name: "mail_ip", Max: 10, Window: time.Hour},
			},
			Register: limit.Limit{Name: "register", Max: 3, Window: time.Hour},
			Login:    limit.Limit{Name: "login", Max: 5, Window: time.Minute},
		},
	}
	for _, edit := range edits {
		edit(&cfg)
	}
	d.Domain = domain.New(cfg)
	d.Operators = operators.New(operators.Config{DB: conn, Accounts: d.Accounts, Sessions: d.Sessions, Onetime: d.Onetime, Signer: d.Signer})
	return d
}

// NewUser returns New and the scope of a new user who has signed in with a browser.
func NewUser(t testing.TB, edits ...func(*domain.Config)) (*Domain, scope.Scope) {
	t.Helper()
	d := New(t, edits...)
	return d, Scope(d.Register(t, signin.Browser))
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

// WantEvents fails the test unless the user's audit entries have these events, the
// oldest first. Register has recorded user.registered and session.opened.
func (d *Domain) WantEvents(t testing.TB, user scope.User, want ...audit.Event) {
	t.Helper()
	rows, err := d.DB.Query(context.Background(), "SELECT event FROM audit_entries WHERE user_id = $1 ORDER BY at, id", user.ID.UUID)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[audit.Event])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("audit entries (-want +got):\n%s", diff)
	}
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
