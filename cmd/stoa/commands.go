package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"

	"stoa/cmd/stoa/config"
	"stoa/domain/scope"
	"stoa/migrations"
	"stoa/platform/pg"
)

// shellScope is the scope of the operator's commands. It has no user and no
// session; audit entries show the request id "shell".
func shellScope() scope.Scope {
	return scope.Scope{Request: scope.Request{ID: "shell", Addr: netip.IPv6Loopback(), Device: "stoa " + version}}
}

// withDatabase calls do with the settings and their database, and closes the
// database afterwards. It works with and without a running server.
func withDatabase(ctx context.Context, do func(config.Config, *database) error) error {
	cfg, err := loadSettings()
	if err != nil {
		return err
	}
	return onDatabase(ctx, cfg, do)
}

// onDatabase is withDatabase with settings that are loaded already.
func onDatabase(ctx context.Context, cfg config.Config, do func(config.Config, *database) error) (err error) {
	db, err := findDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	return do(cfg, db)
}

// withCore migrates the database and calls do with a core on it.
func withCore(ctx context.Context, do func(*core) error) error {
	return withDatabase(ctx, func(cfg config.Config, db *database) error { return onCore(ctx, cfg, db, do) })
}

// onCore is withCore on a database that is open already.
func onCore(ctx context.Context, cfg config.Config, db *database, do func(*core) error) error {
	if err := db.migrate(ctx); err != nil {
		return err
	}
	cfg.DBMinConns = 0
	conn, err := db.open(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := checkSchema(ctx, conn); err != nil {
		return err
	}
	core, err := wireCore(ctx, cfg, conn, nil)
	if err != nil {
		return err
	}
	defer core.close()
	return do(core)
}

type migrate struct {
	Up     migrateUp     `cmd:"" help:"Apply the missing migrations."`
	Status migrateStatus `cmd:"" help:"List the migrations; exit 1 when some are missing."`
	Rename migrateRename `cmd:"" help:"Record that the file of an applied migration has a new name, number or folder."`
}

type migrateUp struct{}

// Run applies the missing migrations. Of two concurrent runs, one waits for the
// other.
func (migrateUp) Run(ctx context.Context) error {
	return withDatabase(ctx, func(cfg config.Config, db *database) error {
		if err := db.await(ctx, cfg, db.owner); err != nil {
			return err
		}
		applied, err := pg.Migrate(ctx, db.owner, db.app, migrations.FS)
		for _, m := range applied {
			fmt.Printf("applied  %s\n", m.Name)
		}
		if err == nil && len(applied) == 0 {
			fmt.Println("nothing to apply")
		}
		return db.explain(db.owner, err)
	})
}

type migrateStatus struct{}

// Run lists the migrations.
func (migrateStatus) Run(ctx context.Context) error {
	return withDatabase(ctx, func(_ config.Config, db *database) error {
		list, err := pg.Migrations(ctx, db.owner, migrations.FS)
		if err != nil {
			return db.explain(db.owner, err)
		}
		for _, m := range list {
			state := "applied"
			switch {
			case m.AppliedAt.IsZero():
				state = "missing"
			case m.Collision() != nil:
				state = "collided"
			}
			fmt.Printf("%s  %s\n", state, m.Name)
		}
		return missing(list)
	})
}

// missing returns an error when a migration of the list is missing or collides.
func missing(list []pg.Status) error {
	n, err := pg.Missing(list)
	if err == nil && n > 0 {
		err = fmt.Errorf("%d missing: run stoa migrate up", n)
	}
	return err
}

type migrateRename struct {
	From string `arg:"" help:"The name in the database, such as 00015_bookmarks.sql."`
	To   string `arg:"" help:"The name of the file now, such as app/00001_bookmarks.sql."`
}

// Run records the new name. The statements of the migration do not run again.
func (r migrateRename) Run(ctx context.Context) error {
	return withDatabase(ctx, func(_ config.Config, db *database) error {
		if err := pg.Rename(ctx, db.owner, migrations.FS, r.From, r.To); err != nil {
			return db.explain(db.owner, err)
		}
		fmt.Printf("renamed  %s to %s\n", r.From, r.To)
		return nil
	})
}

type psql struct {
	Args []string `arg:"" optional:"" help:"Arguments for psql."`
}

// Run opens psql as the program's role. The password is passed in the
// environment, because all users of the machine can read arguments.
func (p psql) Run(ctx context.Context) error {
	return withDatabase(ctx, func(cfg config.Config, db *database) error {
		program, err := findPsql(cfg.PGBin)
		if err != nil {
			return err
		}
		env, err := pg.LibpqEnv(os.Environ(), db.app)
		if err != nil {
			return err
		}
		args := p.Args
		if len(args) > 0 && args[0] == "--" {
			args = args[1:]
		}
		cmd := exec.CommandContext(context.WithoutCancel(ctx), program, args...)
		cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
		err = cmd.Run()
		if ended := new(exec.ExitError); errors.As(err, &ended) {
			return exitStatus(ended.ExitCode()) // psql has printed its own error
		}
		return err
	})
}

func findPsql(dir string) (string, error) {
	if dir != "" {
		if program, err := exec.LookPath(dir + "/psql"); err == nil {
			return program, nil
		}
	}
	program, err := exec.LookPath("psql")
	if err != nil {
		return "", errors.New("psql is not installed: get PostgreSQL's client programs (on Debian: apt-get install postgresql-client)")
	}
	return program, nil
}
