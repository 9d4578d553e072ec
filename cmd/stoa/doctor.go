package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"stoa/migrations"
	"stoa/platform/blob"
	"stoa/platform/pg"
)

type doctor struct{}

var errUnwell = errors.New("something is wrong: see above")

// Run prints one line for each check and fails when one does.
func (doctor) Run(ctx context.Context) error {
	cfg, err := settle()
	if err != nil {
		return err
	}
	fmt.Println("ok    settings")
	well := true
	report := func(check string, err error) {
		if err != nil {
			well = false
			fmt.Printf("wrong %s: %v\n", check, err)
			return
		}
		fmt.Println("ok   ", check)
	}
	examineSight(ctx, cfg, report)
	db, err := findDatabase(ctx, cfg)
	report("database", err)
	if err != nil {
		return errUnwell
	}
	examine(ctx, cfg, db, report)
	report("storage", wellStorage(ctx, cfg))
	report("stop", db.close())
	if !well {
		return errUnwell
	}
	return nil
}

func examine(ctx context.Context, cfg Config, db *database, report func(string, error)) {
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
	report("role", wellRole(ctx, conn))
	pending, err := conn.Pending(ctx, migrations.FS)
	if err == nil && pending > 0 {
		err = fmt.Errorf("%d missing: run stoa migrate up", pending)
	}
	report("migrations", err)
}

// wellStorage writes, reads and deletes a file as the program does.
func wellStorage(ctx context.Context, cfg Config) error {
	files, err := fileStore(cfg)
	if err != nil {
		return err
	}
	return blob.Probe(ctx, files, "doctor/"+strings.ToLower(rand.Text())+".txt")
}

const oldestPostgres = 15

func wellRole(ctx context.Context, conn *pg.DB) error {
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
