package main

import (
	"context"
	"errors"
	"fmt"

	"stoa/cmd/stoa/config"
	"stoa/migrations/seed"
	"stoa/platform/pg"
)

// seedPassword is that of all seeded people; the help says it.
const seedPassword = "three words and more"

// seedBatch is how many people a transaction makes: few enough for the time
// that a statement may take.
const seedBatch = 2000

type seedUsers struct {
	Users int `default:"100" help:"How many such people there are to be."`
}

// Help is shown with the command.
func (seedUsers) Help() string {
	return "The people are user-1@example.com, user-2@example.com and so on, with sessions, tokens, links and security events. " +
		"All have the password \"" + seedPassword + "\". Who is there already stays as they are, so that the command can be repeated and continued. Refused in production."
}

// Validate refuses what is no number of people.
func (s seedUsers) Validate() error {
	if s.Users < 1 || s.Users > 9_999_999 {
		return errors.New("--users wants a number from 1 to 9999999")
	}
	return nil
}

// Run makes the people that are missing.
func (s seedUsers) Run(ctx context.Context) error {
	return withDatabase(ctx, func(cfg config.Config, db *database) error {
		if cfg.Production() {
			return errors.New("seed is refused in production: everybody would know these people's password")
		}
		return onCore(ctx, cfg, db, func(c *core) error { return s.fill(ctx, c) })
	})
}

func (s seedUsers) fill(ctx context.Context, c *core) error {
	var last int
	if err := c.conn.QueryRow(ctx, seed.Last).Scan(&last); err != nil {
		return err
	}
	if last >= s.Users {
		fmt.Printf("nothing to do: %s is there\n", seed.Email(last))
		return nil
	}
	hash, err := c.hasher.Hash(ctx, seedPassword)
	if err != nil {
		return err
	}
	for from := last + 1; from <= s.Users; from += seedBatch {
		if err := seedPeople(ctx, c.conn, from, min(from+seedBatch-1, s.Users), hash); err != nil {
			return err
		}
	}
	fmt.Printf("%d people made, %s to %s, with the password %q\n", s.Users-last, seed.Email(last+1), seed.Email(s.Users), seedPassword)
	return nil
}

func seedPeople(ctx context.Context, conn *pg.DB, from, to int, hash string) error {
	return conn.Tx(ctx, func(tx *pg.Tx) error {
		for _, table := range seed.Tables {
			if _, err := tx.Exec(ctx, table.Insert(), from, to, hash); err != nil {
				return fmt.Errorf("seed %s: %w", table.Name, err)
			}
		}
		return nil
	})
}
