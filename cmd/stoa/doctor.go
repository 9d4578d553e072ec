package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"stoa/cmd/stoa/config"
	"stoa/domain/mailer"
	"stoa/migrations"
	"stoa/platform/blob"
	"stoa/platform/jobs"
	"stoa/platform/mail"
	"stoa/platform/pg"
)

type doctor struct{}

var errChecksFailed = errors.New("something is wrong: see above")

// Run prints one line per check and returns an error when a check fails.
func (doctor) Run(ctx context.Context) error {
	cfg, err := loadSettings()
	if errors.As(err, new(refusedSettings)) {
		_ = status(err)
		return errChecksFailed
	}
	if err != nil {
		return err
	}
	fmt.Println("ok    settings")
	passed := true
	report := func(check string, err error) {
		if err != nil {
			passed = false
			fmt.Printf("wrong %s: %s\n", check, describe(err))
			return
		}
		fmt.Println("ok   ", check)
	}
	checkObservability(ctx, cfg, report)
	db, err := findDatabase(ctx, cfg)
	report("database", err)
	if err != nil {
		return errChecksFailed
	}
	checkDatabase(ctx, cfg, db, report)
	report("mail", checkMail(ctx, cfg))
	report("storage", checkStorage(ctx, cfg))
	report("stop", db.close())
	if !passed {
		return errChecksFailed
	}
	return nil
}

func checkDatabase(ctx context.Context, cfg config.Config, db *database, report func(string, error)) {
	cfg.DBMinConns = 0
	conn, err := db.open(ctx, cfg, nil)
	if err == nil {
		defer conn.Close()
		err = conn.Ping(ctx)
	}
	report("connection", err)
	if err != nil {
		return
	}
	report("role", checkDatabaseRole(ctx, conn))
	report("timeouts", pg.CheckTimeouts(ctx, conn))
	report("clock", checkClock(ctx, conn))
	if checkTables(ctx, db, conn, report) {
		reportJobs(ctx, conn, report)
		report("emails", checkEmails(ctx, conn))
	}
}

// checkTables reports whether the program's role can use the tables. Each check needs
// what the one before it has checked, so the first that fails is the last.
func checkTables(ctx context.Context, db *database, conn *pg.DB, report func(string, error)) bool {
	for _, next := range []struct {
		name  string
		check func() error
	}{
		{"owner", func() error { return db.explain(db.owner, pg.CheckOwner(ctx, db.owner)) }},
		{"migrations", func() error { return checkMigrations(ctx, db) }},
		{"rights", func() error { return pg.CheckGrants(ctx, db.owner, db.app) }},
		{"schema", func() error { return conn.Check(ctx) }},
	} {
		err := next.check()
		report(next.name, err)
		if err != nil {
			return false
		}
	}
	return true
}

func checkMigrations(ctx context.Context, db *database) error {
	list, err := pg.Migrations(ctx, db.owner, migrations.FS)
	if err != nil {
		return err
	}
	return missing(list)
}

// checkStorage writes, reads and deletes a file, as the program does.
func checkStorage(ctx context.Context, cfg config.Config) error {
	files, err := fileStore(cfg)
	if err != nil {
		return err
	}
	return blob.Probe(ctx, files, "doctor/"+strings.ToLower(rand.Text())+".txt")
}

const oldestPostgres = 15

func checkDatabaseRole(ctx context.Context, conn *pg.DB) error {
	role, err := pg.CheckRole(ctx, conn)
	switch {
	case err != nil:
		return err
	case role.Superuser || role.BypassRLS:
		return fmt.Errorf("%s is a superuser or has BYPASSRLS", role.Name)
	case role.Version < oldestPostgres:
		return fmt.Errorf("PostgreSQL %d is too old: %d or newer", role.Version, oldestPostgres)
	}
	return nil
}

// clockTolerance is the largest accepted difference between the clocks of this
// machine and of the database. Jobs of a crashed process are found by comparing
// the two.
const clockTolerance = 3 * time.Second

func checkClock(ctx context.Context, conn *pg.DB) error {
	var remote time.Time
	before := time.Now()
	if err := conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&remote); err != nil {
		return err
	}
	// The database reads its clock at a time between the two readings here.
	local := before.Add(time.Since(before) / 2)
	if apart := local.Sub(remote).Abs(); apart > clockTolerance {
		return fmt.Errorf("the clocks of this machine and of the database differ by %s: synchronize both by NTP", apart.Round(time.Millisecond))
	}
	return nil
}

// jobWaitWarning is how long a job may wait before the check fails.
const jobWaitWarning = 5 * time.Minute

// reportJobs reports the state of the jobs. Refused jobs, such as emails to an
// email address that does not exist, are counted and do not fail the check.
func reportJobs(ctx context.Context, conn *pg.DB, report func(string, error)) {
	b, err := jobs.ReadBacklog(ctx, conn)
	switch {
	case err != nil:
	case b.Oldest > jobWaitWarning:
		err = fmt.Errorf("the oldest has waited for %s: run stoa work, or serve with WORKERS=on", b.Oldest.Round(time.Second))
	case b.Failing+b.Exhausted > 0:
		err = errors.New("the log lines that have \"job\" show the errors")
	}
	report(fmt.Sprintf("jobs (%d waiting, %d failing, %d given up and %d refused this week)", b.Waiting, b.Failing, b.Exhausted, b.Refused), err)
}

// checkEmails returns the newest error of emails that could not be sent yet.
func checkEmails(ctx context.Context, conn *pg.DB) error {
	failing, err := jobs.ReadFailing(ctx, conn, mailer.JobKind())
	if err == nil && failing.Jobs > 0 {
		err = fmt.Errorf("%d wait for another attempt; the newest error: %s", failing.Jobs, failing.Newest)
	}
	return err
}

// checkMail connects and authenticates to the mail server, and asks whether it
// accepts the sender and recipients. It sends no email.
func checkMail(ctx context.Context, cfg config.Config) error {
	if cfg.SMTPURL == "" {
		return nil // emails stay in the database, which is checked above
	}
	server, err := mail.New(mail.Config{URL: string(cfg.SMTPURL), From: string(cfg.MailFrom)})
	if err != nil {
		return err
	}
	return server.Check(ctx)
}
