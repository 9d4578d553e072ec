package main

import (
	"context"
	"errors"
	"fmt"

	"stoa/cmd/stoa/config"
	"stoa/migrations/seed"
	"stoa/platform/pg"
)

// seedPassword is the password of all seeded users, which the help shows.
const seedPassword = "three words and more"

// seedBatch is how many users a transaction inserts, few enough for the
// statement timeout.
const seedBatch = 2000

type seedUsers struct {
	Users int `default:"100" help:"How many such users the database is to have."`
}

// Help is shown with the command.
func (seedUsers) Help() string {
	return "The users are user-1@example.com, user-2@example.com and so on, with sessions, tokens, links and security events. " +
		"All have the password \"" + seedPassword + "\". Existing users do not change, so that the command can be repeated and continued. Refused in production."
}

// Validate refuses numbers below 1 and above 9999999.
func (s seedUsers) Validate() error {
	if s.Users < 1 || s.Users > 9_999_999 {
		return errors.New("--users wants a number from 1 to 9999999")
	}
	return nil
}

// Run inserts the missing users.
func (s seedUsers) Run(ctx context.Context) error {
	return withDatabase(ctx, func(cfg config.Config, db *database) error {
		if cfg.Production() {
			return errors.New("seed is refused in production: the password of its users is public")
		}
		return onCore(ctx, cfg, db, func(c *core) error { return s.fill(ctx, c) })
	})
}

func (s seedUsers) fill(ctx context.Context, c *core) error {
	var last int
	if err := c.DB.QueryRow(ctx, seed.Last).Scan(&last); err != nil {
		return err
	}
	if last >= s.Users {
		fmt.Printf("nothing to do: %s exists\n", seed.Email(last))
		return nil
	}
	hash, err := c.Hasher.Hash(ctx, seedPassword)
	if err != nil {
		return err
	}
	for from := last + 1; from <= s.Users; from += seedBatch {
		if err := seedRange(ctx, c.DB, from, min(from+seedBatch-1, s.Users), hash); err != nil {
			return err
		}
	}
	fmt.Printf("%d people made, %s to %s, with the password %q\n", s.Users-last, seed.Email(last+1), seed.Email(s.Users), seedPassword)
	return nil
}

// seedRange inserts the users with the numbers from to to, and their rows in
// every other table.
func seedRange(ctx context.Context, conn *pg.DB, from, to int, hash string) error {
	return conn.Tx(ctx, func(tx *pg.Tx) error {
		for _, table := range seed.Tables() {
			if _, err := tx.Exec(ctx, table.Insert(), from, to, hash); err != nil {
				return fmt.Errorf("seed %s: %w", table.Name, err)
			}
		}
		return nil
	})
}
