package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"

	"stoa/migrations/seed"
	"stoa/platform/pgserver"
	"stoa/test/rig"
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
	few, many := s.createDataset("few", fewUsers), s.createDataset("many", p.tableUsers)
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
	return nil
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
func (s *environment) createDataset(name string, users int) *dataset {
	db := s.database(name)
	if err := s.serve(s.binary, off, db).Stop(); err != nil { // its start migrates
		s.t.Fatal(err)
	}
	fill(s.t, s.admin(name), users)
	conn := rig.On(pgserver.URLs{Owner: db["DATABASE_URL"]}).Connect(s.t)
	s.t.Cleanup(func() { _ = conn.Close(context.Background()) }) // the end of the run
	return &dataset{name, users, conn}
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
