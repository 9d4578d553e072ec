package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/migrations/seed"
	"stoa/platform/pgserver"
)

// fewUsers is the size of the small table that the large one is compared with.
const fewUsers = 1000

// dataset is a database with a number of users, each with a session.
type dataset struct {
	name  string
	users int
	conn  *pgx.Conn
}

// lookup is one of the program's own queries, run for one of the users.
type lookup struct {
	line, sql string
	key       func(user int) string
}

// lookups measures how much longer lookups by session and by email address take
// in a large table. It runs the program's own statements on one connection. The
// rows are inserted by SQL, because a million password hashes would take half a
// day.
func lookups(ctx context.Context, s *environment, p plan, r *report) error {
	all, err := programLookups()
	if err != nil {
		return err
	}
	few, err := s.createDataset(ctx, "few", fewUsers)
	if err != nil {
		return err
	}
	many, err := s.createDataset(ctx, "many", p.tableUsers)
	if err != nil {
		return err
	}
	for _, l := range all {
		took := map[*dataset][]float64{}
		for range p.rounds {
			for _, t := range []*dataset{few, many} {
				one, err := t.measure(ctx, l, p.lookups)
				if err != nil {
					return err
				}
				took[t] = append(took[t], float64(one))
			}
		}
		small, large := median(took[few]), median(took[many])
		line := fmt.Sprintf("%s, %d users beside %d", l.line, many.users, few.users)
		r.add(line, inMicroseconds(time.Duration(large)), inMicroseconds(time.Duration(small)), large/small, atMost(1.5))
	}
	return errors.Join(few.conn.Close(ctx), many.conn.Close(ctx))
}

// programLookups reads the statements from the queries/ files.
func programLookups() ([]lookup, error) {
	session, err := programQuery("sessions.sql", "SessionByKey")
	if err != nil {
		return nil, err
	}
	address, err := programQuery("accounts.sql", "UserCredentials")
	return []lookup{
		{"look-up by session", session, func(user int) string {
			sum := sha256.Sum256([]byte(seed.Session(user)))
			return hex.EncodeToString(sum[:])
		}},
		{"look-up by address", address, seed.Email},
	}, err
}

var (
	argument = regexp.MustCompile(`@\w+`)
	embedded = regexp.MustCompile(`sqlc\.embed\((\w+)\)`)
)

// programQuery returns a query of one argument in PostgreSQL's syntax.
func programQuery(file, name string) (string, error) {
	text, err := os.ReadFile(filepath.Join("queries", file))
	if err != nil {
		return "", fmt.Errorf("run bench in the root of the project: %w", err)
	}
	found := regexp.MustCompile(`(?s)-- name: ` + name + ` :\w+\n(.*?);`).FindSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("%s has no query %s", file, name)
	}
	sql := embedded.ReplaceAll(found[1], []byte("$1.*"))
	return argument.ReplaceAllString(string(sql), "$$1"), nil
}

// createDataset creates a database as the program does and fills it.
func (s *environment) createDataset(ctx context.Context, name string, users int) (*dataset, error) {
	app, owner, err := s.database(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx, app, owner); err != nil {
		return nil, err
	}
	if err := s.connect(ctx, pgserver.Superuser, name, func(conn *pgx.Conn) error { return fill(ctx, conn, users) }); err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, app)
	return &dataset{name, users, conn}, err
}

// migrate runs the program's migrations on a database.
func (s *environment) migrate(ctx context.Context, app, owner string) error {
	cmd := exec.CommandContext(ctx, s.binary, "migrate", "up")
	cmd.Dir, cmd.Env = s.dir, []string{"DATABASE_URL=" + app, "DATABASE_OWNER_URL=" + owner, "SECRET_KEY=" + s.secret, "DATA_DIR=" + s.dir}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("stoa migrate: %w\n%s", err, out)
	}
	return nil
}

// measure looks up users in random order and returns the median query time.
func (t *dataset) measure(ctx context.Context, l lookup, span time.Duration) (time.Duration, error) {
	var took []time.Duration
	for end := time.Now().Add(span); time.Now().Before(end); {
		key := l.key(1 + rand.IntN(t.users))
		begun := time.Now()
		rows, err := t.conn.Query(ctx, l.sql, key)
		if err != nil {
			return 0, err
		}
		found := rows.Next()
		rows.Close()
		if err := rows.Err(); err != nil || !found {
			return 0, fmt.Errorf("%s %q: found %v: %w", l.line, key, found, err)
		}
		took = append(took, time.Since(begun))
	}
	return quantile(took, 0.5), nil
}
